#pragma once
#include <functional>
#include <string>
#include <vector>

#include "vision/face_engine.hpp"

/// What an engine's scores look like on a deployment's own photographs, and which thresholds follow.
namespace mdai::vision {

struct calibration_options {
  unsigned templates = 3;      ///< photographs of each person that are enrolled, at most half of them
  unsigned frames = 3;         ///< of the rest, so many at a time are one attempt, compared by their mean
  float least_quality = 0.65f; ///< as frames of a session must have
};

/// What became of the photographs.
struct photograph_counts {
  std::size_t all = 0, used = 0, unreadable = 0, without_face = 0, with_several = 0, poor = 0;
};

/// A threshold and what it does: which part of the attempts of other people it accepts, of the person's own it refuses.
struct operating_point {
  float threshold = 0;
  double false_accepts = 0, false_rejects = 0;
};

struct score_report {
  std::vector<float> genuine, impostor; ///< ascending
  operating_point equal_error;          ///< where both rates are nearest to each other
  /// The lowest thresholds that accept at most 1%, 0.1%, 0.01% of impostors; only those that ten scores lie above, for
  /// fewer say nothing.
  std::vector<operating_point> points;
  std::vector<operating_point> roc; ///< thresholds from -0.2 to 1 in steps of 0.01
};

struct calibration_report {
  face::engine_info engine;
  photograph_counts photographs;
  std::size_t people = 0, people_left_out = 0; ///< left out: fewer than two photographs of use
  score_report scores;
};

/// What the scores say. Neither may be empty.
score_report judge_scores(std::vector<float> genuine, std::vector<float> impostor);

/// Photographs done and to do.
using calibration_progress = std::function<void(std::size_t done, std::size_t all)>;

/// Looks at every photograph in the sub-directories of `directory`, of which each is one person's, in the order of
/// their names. Enrols some of each person's, compares the rest with everybody. On failure `why` is one sentence.
/// Errors: `not_found` (no such directory), `invalid_value` (fewer than two people with photographs of use).
result<calibration_report> calibrate(face_engine& engine, const std::string& directory,
                                     const calibration_options& options, const calibration_progress& progress,
                                     std::string& why);

/// Both distributions of scores as a picture, with the thresholds in it.
std::string distribution_svg(const score_report& scores);

} // namespace mdai::vision
