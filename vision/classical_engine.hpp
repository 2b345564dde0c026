#pragma once
#include <string>

#include "vision/face_engine.hpp"
#include "vision/obstacle_options.hpp"

namespace mdai::vision {

/// The embedded engine: cascades, local phases and rules, no trained network. For frontal faces and tens of people.
struct classical_options {
  /// Where `haarcascades/` and `lbpcascades/` lie.
  std::string cascades = "/usr/share/opencv4";
  obstacle_options obstacles = {};
};

/// An engine for one worker thread. On failure `why` is one sentence that names the file. Errors: `not_found`,
/// `invalid_value`.
result<std::unique_ptr<face_engine>> open_classical(const classical_options& options, std::string& why);

} // namespace mdai::vision
