#include "protocol/face/guidance.hpp"

#include <algorithm>

namespace mdai::face::guidance {
namespace {

std::string with(std::string_view sentence, count c) {
  return std::string{sentence} + " (" + std::to_string(std::min(c.have, c.need)) + "/" + std::to_string(c.need) + ")";
}

std::string blink(count c) { return with("Blink naturally", c); }
std::string turn(count c) { return with("Turn your head slightly", c); }

} // namespace

std::string_view name(obstacle what) {
  switch (what) {
  case obstacle::glasses:
    return "glasses";
  case obstacle::mask:
    return "mask";
  case obstacle::hat:
    return "hat";
  case obstacle::hand_covering:
    return "hand_covering";
  }
  return "";
}

std::string_view improve(quality_issue issue) {
  switch (issue) {
  case quality_issue::none:
    return "Look straight at the camera";
  case quality_issue::too_dark:
    return "More light needed";
  case quality_issue::too_bright:
    return "Too much light: turn away from the window or lamp";
  case quality_issue::low_contrast:
    return "More even light needed: turn towards the light";
  case quality_issue::blurred:
    return "Hold still";
  case quality_issue::too_far:
    return "Move closer";
  case quality_issue::too_close:
    return "Move back a little";
  case quality_issue::off_centre:
    return "Move your face to the middle of the picture";
  }
  return "";
}

std::string uncover(const std::vector<obstacle>& what) {
  std::string out;
  bool hand = false;
  for (auto o : what)
    if (o == obstacle::hand_covering)
      hand = true;
    else
      ((out += out.empty() ? "Remove" : " and") += " your ") += name(o);
  if (hand)
    out += out.empty() ? "Take your hand away from your face" : " and take your hand away from your face";
  return out;
}

std::string next_step(count blinks, count motion, count frames, bool either) {
  if (either && !blinks.enough() && !motion.enough())
    return blink(blinks) + " or turn your head slightly";
  if (!either && !blinks.enough())
    return blink(blinks);
  if (!either && !motion.enough())
    return turn(motion);
  if (!frames.enough())
    return with("Hold still and look at the camera", frames);
  return std::string{hold_on};
}

} // namespace mdai::face::guidance
