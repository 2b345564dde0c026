#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a face engine says about one frame, as plain values: every engine, the liveness rules, the session and the
/// messages share them. Coordinates are pixels of the frame as it arrived, its orientation applied.
namespace mdai::face {

struct point {
  float x = 0, y = 0;
  bool operator==(const point&) const = default;
};

/// Right and bottom are exclusive.
struct box {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const box&) const = default;
};

/// A person's face as numbers, of length 1. Only embeddings of the same engine, version and dimension compare.
using embedding = std::vector<float>;

enum class frame_status : std::uint8_t {
  no_face,
  many_faces, ///< never picked silently
  one_face,   ///< the rest of the analysis holds
};

/// What most keeps a frame from being good, for the sentence that tells the person what to do.
enum class quality_issue : std::uint8_t {
  none,
  too_dark,
  too_bright,
  low_contrast,
  blurred,
  too_far,
  too_close,
  off_centre
};

/// What may cover a face.
enum class obstacle : std::uint8_t { glasses, mask, hat, hand_covering };
inline constexpr std::size_t obstacle_kinds = 4;

/// How sure the engine is of each obstacle, 0 to 1, by `obstacle`.
using obstacle_scores = std::array<float, obstacle_kinds>;

struct frame_analysis {
  frame_status status = frame_status::no_face;
  int width = 0, height = 0; ///< of the frame
  std::optional<box> face;
  std::vector<point> landmarks; ///< eyes, nose, corners of the mouth when the engine has them; else none
  std::vector<box> eyes;        ///< left and right in the picture, when they were found
  float quality = 0;            ///< 0 to 1: the worst of sharpness, light, contrast, size and centring
  quality_issue issue = quality_issue::none;
  /// How open the left and the right eye are, in the engine's own unit: it means something only beside the same track's
  /// others.
  std::optional<std::array<float, 2>> eye_openness;
  obstacle_scores obstacles{};
  std::optional<embedding> descriptor; ///< when it was asked for and the face allows it
};

/// How alike two embeddings must be (cosine), calibrated for one engine; settings override them.
struct match_thresholds {
  float verify = 0;          ///< the mean of a session's frames against one person's templates
  float identify = 0;        ///< the same against everyone's
  float identify_margin = 0; ///< how far the best person must lie before the second-best
  float duplicate = 0;       ///< at enrolment, against other people
};

struct engine_info {
  std::string id;      ///< "classical", "onnx", "remote:<its id>"
  std::string version; ///< changes whenever its embeddings do
  std::uint32_t dimension = 0;
  match_thresholds thresholds;
  bool operator==(const engine_info& o) const { return id == o.id && version == o.version && dimension == o.dimension; }
};

} // namespace mdai::face
