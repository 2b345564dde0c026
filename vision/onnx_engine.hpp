#pragma once
#include <string>

#include "vision/face_engine.hpp"
#include "vision/obstacle_options.hpp"

namespace mdai::vision {

/// The engine for operators who bring trained networks: YuNet finds faces, SFace describes them, both as ONNX files of
/// OpenCV's model zoo (YuNet of 2022mar, which OpenCV 4.6 reads). Eyes, obstacles and quality are judged as by the
/// embedded engine.
struct onnx_options {
  std::string detector, recognizer; ///< files
  float least_confidence = 0.7f;    ///< of a face, 0 to 1
  obstacle_options obstacles = {};
};

/// An engine for one worker thread. Each network runs once before it is trusted: some files fail only then. On failure
/// `why` is one sentence that names the file. Errors: `not_found`, `invalid_value`.
result<std::unique_ptr<face_engine>> open_onnx(const onnx_options& options, std::string& why);

} // namespace mdai::vision
