#pragma once
#include <string>

/// ONNX files without any training, for tests of what loads and runs them. Written byte by byte: Debian has no tool
/// that makes them.
namespace mdai::test {

/// A detector with YuNet's outputs. It takes every bright block of 64 x 64 pixels, in a grid of such blocks over its
/// input, for the middle of a face of 128 x 128 pixels.
std::string yunet_stub();
/// A describer with SFace's input and output: 128 fixed sums of the brightness in 8 x 8 places.
std::string sface_stub();

} // namespace mdai::test
