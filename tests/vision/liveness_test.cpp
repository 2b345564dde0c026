#include "vision/liveness.hpp"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace mdai::vision {
namespace {

face::frame_analysis one_face(int x, int y, int width, float open) {
  face::frame_analysis out;
  out.status = face::frame_status::one_face;
  out.width = 640;
  out.height = 480;
  out.face = face::box{x - width / 2, y - width / 2, x - width / 2 + width, y - width / 2 + width};
  out.eye_openness = {open, open};
  out.quality = 0.8f;
  return out;
}

face::frame_analysis without(face::frame_status status) {
  face::frame_analysis out;
  out.status = status;
  return out;
}

/// A still head whose eyes are as open as the rule says.
liveness_reading after(int frames, const std::function<float(int)>& open) {
  liveness_tracker tracker;
  for (int i = 0; i < frames; ++i)
    tracker.observe(one_face(320, 240, 160, open(i)));
  return tracker.reading();
}

struct blink_case {
  const char* what;
  int closed_from, closed_to;
  float closed;
  int expected;
};

class blinks : public testing::TestWithParam<blink_case> {};

TEST_P(blinks, AreCounted) {
  const auto& c = GetParam();
  auto open = [&](int i) { return i >= c.closed_from && i < c.closed_to ? c.closed : 0.28f; };
  EXPECT_EQ(after(40, open).blinks, c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    of_one_still_head, blinks,
    testing::Values(blink_case{"one frame", 10, 11, 0.03f, 1}, blink_case{"three frames", 10, 13, 0.03f, 1},
                    blink_case{"as long as it may be", 20, 35, 0.03f, 1},
                    blink_case{"too long: asleep", 15, 35, 0.03f, 0}, blink_case{"not below half", 10, 13, 0.15f, 0},
                    blink_case{"just below half", 10, 13, 0.13f, 1}, blink_case{"not open again", 30, 40, 0.03f, 0},
                    blink_case{"before anything is usual", 1, 3, 0.03f, 0}, blink_case{"none", 0, 0, 0, 0}),
    [](const auto& one) {
      std::string name;
      for (const char* c = one.param.what; *c; ++c)
        if (std::isalpha(static_cast<unsigned char>(*c)))
          name += *c;
      return name;
    });

TEST(liveness, CountsEveryBlinkWhateverTheEnginesUnitOfOpennessIs) {
  for (float unit : {0.01f, 1.0f, 300.0f})
    EXPECT_EQ(after(60, [&](int i) { return (i % 12 == 11 ? 0.1f : 1.0f) * unit; }).blinks, 4) << unit;
}

TEST(liveness, TakesAWinkForNoBlink) {
  liveness_tracker tracker;
  for (int i = 0; i < 40; ++i) {
    auto frame = one_face(320, 240, 160, 0.28f);
    if (i % 10 == 5)
      (*frame.eye_openness)[0] = 0.03f;
    tracker.observe(frame);
  }
  EXPECT_EQ(tracker.reading().blinks, 0);
}

TEST(liveness, CountsNoBlinkWhileTheHeadMoves) {
  liveness_tracker tracker;
  for (int i = 0; i < 40; ++i)
    tracker.observe(one_face(100 + 12 * i, 240, 160, i % 8 == 7 ? 0.03f : 0.28f));
  EXPECT_EQ(tracker.reading().blinks, 0);
}

TEST(liveness, SaysTheEyeAspectRatioThatClientsKnow) {
  EXPECT_NEAR(after(20, [](int) { return 0.5f; }).ear, 0.30f, 0.001f);
  EXPECT_NEAR(after(20, [](int i) { return i == 19 ? 0.25f : 0.5f; }).ear, 0.15f, 0.001f);
}

TEST(liveness, CountsAMovementAsideOrTowardsTheCamera) {
  liveness_tracker aside, towards, still;
  for (int i = 0; i < 20; ++i) {
    aside.observe(one_face(i < 10 ? 320 : 340, 240, 160, 0.28f));
    towards.observe(one_face(320, 240, i < 10 ? 160 : 180, 0.28f));
    still.observe(one_face(320 + i % 3, 240 - i % 2, 160 + i % 4, 0.28f));
  }
  EXPECT_EQ(aside.reading().motion_events, 1);
  EXPECT_EQ(towards.reading().motion_events, 1);
  EXPECT_EQ(still.reading().motion_events, 0);
  EXPECT_LT(still.reading().motion_score, 0.5f);
}

TEST(liveness, TakesOneJumpOfTheDetectorForNoMovement) {
  liveness_tracker tracker;
  for (int i = 0; i < 20; ++i)
    tracker.observe(one_face(i == 10 ? 420 : 320, 240, 160, 0.28f));
  EXPECT_EQ(tracker.reading().motion_events, 0);
}

TEST(liveness, TakesASlowDriftForNoMovement) {
  liveness_tracker tracker;
  for (int i = 0; i < 100; ++i)
    tracker.observe(one_face(320 + i / 4, 240, 160, 0.28f));
  EXPECT_EQ(tracker.reading().motion_events, 0);
}

TEST(liveness, KeepsItsCountsThroughFramesWithoutAFaceAndForgetsWhereTheFaceWas) {
  liveness_tracker tracker;
  for (int i = 0; i < 20; ++i)
    tracker.observe(one_face(320, 240, 160, i == 10 ? 0.03f : 0.28f));
  for (int i = 0; i < 5; ++i)
    tracker.observe(without(face::frame_status::no_face));
  for (int i = 0; i < 20; ++i)
    tracker.observe(one_face(120, 240, 160, 0.28f));
  EXPECT_EQ(tracker.reading().blinks, 1);
  EXPECT_EQ(tracker.reading().motion_events, 0) << "who comes back elsewhere has not moved";
}

TEST(liveness, BeginsAnewAfterAFrameWithSeveralFaces) {
  liveness_tracker tracker;
  for (int i = 0; i < 10; ++i)
    tracker.observe(one_face(320, 240, 160, 0.28f));
  tracker.observe(without(face::frame_status::many_faces));
  for (int i = 0; i < 10; ++i)
    tracker.observe(one_face(120, 240, 160, 0.28f));
  EXPECT_EQ(tracker.reading().motion_events, 0);
}

TEST(liveness, KnowsAStillPictureByMeasuresThatDoNotVaryAtAll) {
  liveness_tracker picture, person;
  for (int i = 0; i < 10; ++i) {
    picture.observe(one_face(320, 240, 160, 0.28f));
    auto frame = one_face(320, 240, 160, 0.28f);
    (*frame.eye_openness)[0] += 0.001f * static_cast<float>(i % 2);
    person.observe(frame);
  }
  EXPECT_TRUE(picture.reading().still);
  EXPECT_FALSE(person.reading().still);
  picture.observe(one_face(320, 240, 160, 0.27f));
  EXPECT_FALSE(picture.reading().still) << "only the last frames count";
}

} // namespace
} // namespace mdai::vision
