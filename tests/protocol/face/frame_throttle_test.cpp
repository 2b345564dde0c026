#include <random>

#include <gtest/gtest.h>

#include "protocol/face/frame_throttle.hpp"

namespace mdai::face {
namespace {

frame_throttle::time_point at(int ms) { return frame_throttle::time_point{milliseconds{ms}}; }

TEST(FrameThrottle, LetsABrowserThroughThatSendsTenASecondWithJitter) {
  std::mt19937 dice{7};
  std::uniform_int_distribution<int> jitter{-9, 9};
  frame_throttle t;
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(t.take(at(1000 + 100 * i + jitter(dice)))) << i;
}

TEST(FrameThrottle, WantsAPauseThatNoBurstShortens) {
  frame_throttle t;
  EXPECT_TRUE(t.take(at(1000)));
  EXPECT_FALSE(t.take(at(1000)));
  EXPECT_FALSE(t.take(at(1079)));
  EXPECT_TRUE(t.take(at(1080)));
}

TEST(FrameThrottle, LetsThreeComeFasterAndThenTenASecond) {
  frame_throttle t;
  int passed = 0;
  for (int ms = 0; ms <= 10'000; ms += 80)
    passed += t.take(at(1000 + ms));
  EXPECT_GE(passed, 100);
  EXPECT_LE(passed, 103);
}

TEST(FrameThrottle, DoesNotPunishWhoIsRefused) {
  frame_throttle t;
  int passed = 0;
  for (int ms = 0; ms < 10'000; ms += 5)
    passed += t.take(at(1000 + ms));
  EXPECT_GE(passed, 99);
  EXPECT_LE(passed, 103);
}

} // namespace
} // namespace mdai::face
