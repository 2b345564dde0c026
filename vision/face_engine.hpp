#pragma once
#include <memory>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/face/analysis.hpp"

namespace mdai::vision {

/// What the caller needs beyond detection, quality, eyes and obstacles.
struct want {
  bool descriptor = true; ///< the costly part: skipped when the frame cannot become a sample anyway
};

/// One person's stream of frames: remembers where the face was. Used by one thread at a time, the one of its engine.
class face_track {
public:
  virtual ~face_track() = default;
  /// Looks at one JPEG or PNG. Errors: `invalid_image` (not decodable, CMYK, truncated), `image_too_large`,
  /// `image_too_small`; `timed_out`, `connect_failed`, `overloaded`, `malformed_response` from a remote engine. The
  /// track stays usable after each.
  virtual result<face::frame_analysis> analyze(std::string_view image, want w) = 0;
};

/// Detects, measures and describes faces. An engine and its tracks belong to one worker thread: its models are not
/// shared. Blinks and motion are counted outside (`liveness_tracker`), so that every engine shares those rules.
class face_engine {
public:
  virtual ~face_engine() = default;
  virtual const face::engine_info& info() const = 0;
  virtual std::unique_ptr<face_track> open_track() = 0;
};

} // namespace mdai::vision
