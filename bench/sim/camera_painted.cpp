#include <array>

#include "bench/sim/camera_frames.hpp"
#include "tests/support/face_renderer.hpp"

namespace mdai::sim {
namespace {

constexpr int first_blink = 8, between_blinks = 10, first_turn = 12, between_turns = 30, last_frame = 1200;

} // namespace

outcome<frame_source> painted_person(unsigned identity, const std::string& cover) {
  static constexpr std::array<const char*, 6> covers{"none", "glasses", "sunglasses", "mask", "hat", "hand"};
  test::performance who{.identity = identity};
  bool known = false;
  for (std::size_t i = 0; i < covers.size(); ++i)
    if (cover == covers[i]) {
      who.cover = static_cast<test::cover>(i);
      known = true;
    }
  if (!known)
    return failed("nobody can wear " + cover);
  for (int at = first_blink; at < last_frame; at += between_blinks)
    who.blinks.push_back(at);
  for (int at = first_turn; at < last_frame; at += between_turns)
    who.turns.push_back(at);
  return frame_source{[who](unsigned frame) { return test::jpeg_of(test::moment_of(who, static_cast<int>(frame))); }};
}

} // namespace mdai::sim
