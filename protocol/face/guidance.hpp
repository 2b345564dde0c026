#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "protocol/face/analysis.hpp"

/// The sentences that tell a person before a camera what to do next. Every message of the face stream has one.
namespace mdai::face::guidance {

/// "glasses", "mask", "hat", "hand_covering": as clients know them.
std::string_view name(obstacle what);

inline constexpr std::string_view show_face = "Look at the camera and keep your whole face in the picture";
inline constexpr std::string_view one_person = "Only one person may be in the picture: ask the others to step aside";
inline constexpr std::string_view hold_on = "Hold still while your face is checked";

/// What would make a frame good that is not.
std::string_view improve(quality_issue issue);
/// "Remove your glasses and your hat and take your hand away from your face". `what` is not empty.
std::string uncover(const std::vector<obstacle>& what);

/// How many there are of how many.
struct count {
  int have = 0, need = 0;
  bool enough() const { return have >= need; }
};
/// What is missing still. `either`: a blink or a movement is enough, else both are needed.
std::string next_step(count blinks, count motion, count frames, bool either);

} // namespace mdai::face::guidance
