#include <gtest/gtest.h>

#include "protocol/face/guidance.hpp"

namespace mdai::face::guidance {
namespace {

TEST(Guidance, NamesTheNextThingToDo) {
  struct row {
    count blinks, motion, frames;
    bool either;
    const char* sentence;
  };
  const row rows[] = {
      {{0, 1}, {0, 1}, {1, 3}, false, "Blink naturally (0/1)"},
      {{1, 2}, {1, 1}, {3, 3}, false, "Blink naturally (1/2)"},
      {{1, 1}, {0, 1}, {5, 3}, false, "Turn your head slightly (0/1)"},
      {{4, 1}, {2, 1}, {1, 3}, false, "Hold still and look at the camera (1/3)"},
      {{1, 1}, {1, 1}, {3, 3}, false, "Hold still while your face is checked"},
      {{0, 1}, {0, 1}, {1, 3}, true, "Blink naturally (0/1) or turn your head slightly"},
      {{0, 1}, {1, 1}, {1, 3}, true, "Hold still and look at the camera (1/3)"},
      {{1, 1}, {0, 1}, {3, 3}, true, "Hold still while your face is checked"},
      {{0, 0}, {0, 0}, {2, 3}, true, "Hold still and look at the camera (2/3)"},
  };
  for (auto& r : rows)
    EXPECT_EQ(next_step(r.blinks, r.motion, r.frames, r.either), r.sentence);
}

TEST(Guidance, SaysWhatToTakeOff) {
  using enum obstacle;
  EXPECT_EQ(uncover({glasses}), "Remove your glasses");
  EXPECT_EQ(uncover({mask, hat}), "Remove your mask and your hat");
  EXPECT_EQ(uncover({hand_covering}), "Take your hand away from your face");
  EXPECT_EQ(uncover({glasses, hand_covering}), "Remove your glasses and take your hand away from your face");
}

TEST(Guidance, HasASentenceForEveryIssueAndObstacle) {
  for (auto i = 0; i <= static_cast<int>(quality_issue::off_centre); ++i)
    EXPECT_FALSE(improve(static_cast<quality_issue>(i)).empty()) << i;
  EXPECT_EQ(improve(quality_issue::too_far), "Move closer");
  EXPECT_EQ(improve(quality_issue::too_dark), "More light needed");
  for (std::size_t i = 0; i < obstacle_kinds; ++i)
    EXPECT_FALSE(name(static_cast<obstacle>(i)).empty()) << i;
}

} // namespace
} // namespace mdai::face::guidance
