#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/sim/outcome.hpp"

namespace mdai::sim {

/// What a camera sees: the picture at a frame's number, JPEG or PNG, without end.
using frame_source = std::function<std::string(unsigned frame)>;

/// The files of a directory in the order of their names, again and again. Fails when there are none.
outcome<frame_source> frames_of(const std::string& directory);

/// A painted person who blinks and moves; the same number is the same person. `cover`: "none", "glasses", "sunglasses",
/// "mask", "hat" or "hand". Fails where this program was built without the tests' renderer.
outcome<frame_source> painted_person(unsigned identity, const std::string& cover);

} // namespace mdai::sim
