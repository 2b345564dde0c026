#pragma once
#include <string>

#include "vision/face_engine.hpp"

namespace mdai::vision {

/// The embedded engine: cascades, local phases and rules, no trained network. For frontal faces and tens of people.
struct classical_options {
  /// Where `haarcascades/` and `lbpcascades/` lie.
  std::string cascades = "/usr/share/opencv4";
  /// Added to how sure the engine is of each obstacle before that becomes 0 to 1: above 0 it suspects more. By
  /// `face::obstacle`.
  face::obstacle_scores obstacle_bias{};
  /// What obstacles cost can be saved: none is ever found then.
  bool look_for_obstacles = true;
};

/// An engine for one worker thread. On failure `why` is one sentence that names the file. Errors: `not_found`,
/// `invalid_value`.
result<std::unique_ptr<face_engine>> open_classical(const classical_options& options, std::string& why);

} // namespace mdai::vision
