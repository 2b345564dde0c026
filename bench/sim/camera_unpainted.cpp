#include "bench/sim/camera_frames.hpp"

/// In place of camera_painted.cpp where the tests, and with them the renderer, are not built.
namespace mdai::sim {

outcome<frame_source> painted_person(unsigned, const std::string&) {
  return failed("this mdai-sim was built without the tests (MDAI_TESTS): it has no painted people, only --frames");
}

} // namespace mdai::sim
