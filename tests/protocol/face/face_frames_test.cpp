#include <gtest/gtest.h>

#include "tests/support/face_world.hpp"

namespace mdai::test {
namespace {

using namespace face;
using types = std::vector<std::string>;

session_record verification() { return face_world::record_for(session_kind::verification); }

// -- frames -----------------------------------------------------------------------------------------------------------

TEST(FaceFrames, WhatIsNoUseIsToldAndNotCounted) {
  auto nobody = frame_analysis{}, crowd = clean_frame(), dark = clean_frame(0.3f), undescribed = clean_frame();
  crowd.status = frame_status::many_faces;
  dark.issue = quality_issue::too_dark;
  undescribed.descriptor.reset();
  auto broken = clean_frame(std::numeric_limits<float>::quiet_NaN());
  struct row {
    frame_analysis frame;
    const char *error, *message;
  };
  const row rows[] = {
      {nobody, "No face detected", "Look at the camera and keep your whole face in the picture"},
      {crowd, "Multiple faces detected", "Only one person may be in the picture: ask the others to step aside"},
      {dark, "Image quality too low", "More light needed"},
      {undescribed, "Image quality too low", "Look straight at the camera"},
      {broken, "Image quality too low", "Look straight at the camera"}};
  for (auto& r : rows) {
    face_world w;
    w.attach_ready();
    w.frame(r.frame);
    EXPECT_EQ(w.last()["type"], "frame_processed");
    EXPECT_EQ(w.last()["success"], false);
    EXPECT_EQ(w.last()["error"], r.error);
    EXPECT_EQ(w.last()["message"], r.message);
    EXPECT_EQ(w.last()["frames_processed"], 0);
    EXPECT_EQ(w.last()["visual_data"]["liveness_indicators"]["frame_counter"], 1);
  }
}

TEST(FaceFrames, ObstaclesAreRejectedAboveTheirLimitsWhenTheyCount) {
  const obstacle_scores limits{0.50f, 0.30f, 0.30f, 0.30f};
  for (std::size_t i = 0; i < obstacle_kinds; ++i) {
    auto f = clean_frame();
    f.obstacles[i] = limits[i];
    face_world at;
    at.attach_ready();
    at.frame(f);
    EXPECT_EQ(at.last()["type"], "frame_processed") << i;
    f.obstacles[i] += 0.01f;
    face_world above;
    above.attach_ready();
    above.frame(f);
    EXPECT_EQ(above.last()["type"], "frame_rejected") << i;
    EXPECT_EQ(above.last()["obstacles"].size(), 1u) << i;
    stream_policy p;
    p.blocked[i] = false;
    face_world unblocked{face_world::record_for(session_kind::enrollment), p};
    unblocked.attach_ready();
    unblocked.frame(f);
    EXPECT_EQ(unblocked.last()["type"], "frame_processed") << i;
  }
}

TEST(FaceFrames, WhatIsNoPictureIsAnErrorThatEndsNothing) {
  for (auto why : {errc::invalid_image, errc::image_too_large, errc::image_too_small, errc::malformed_base64}) {
    face_world w;
    w.attach_ready();
    w.frame(why);
    EXPECT_EQ(w.last()["type"], "error");
    EXPECT_EQ(w.last()["error"], "Invalid image data");
    EXPECT_EQ(w.last()["code"], 400);
    EXPECT_TRUE(w.closed.empty());
    EXPECT_EQ(w.machine.record().frames_counted, 1u);
    w.frame();
    EXPECT_EQ(w.last()["type"], "frame_processed");
  }
}

TEST(FaceFrames, AnEngineInTroubleCostsThePersonNothing) {
  for (auto why : {errc::timed_out, errc::connect_failed, errc::overloaded, errc::malformed_response}) {
    face_world w;
    w.attach_ready();
    w.frame(why);
    EXPECT_EQ(w.last()["code"], 503);
    EXPECT_EQ(w.machine.record().frames_counted, 0u);
  }
}

TEST(FaceFrames, AWorkerThatDiesIsToldAndTheSessionGoesOn) {
  face_world w;
  w.attach_ready();
  w.pass(milliseconds{100});
  w.say(some_picture);
  w.machine.on_worker_lost(w.now);
  EXPECT_EQ(w.last()["code"], 500);
  w.frame();
  EXPECT_EQ(w.last()["frames_processed"], 1);
}

TEST(FaceFrames, TheBudgetEndsTheSessionAtTheNextFrame) {
  stream_policy p;
  p.frame_budget = 5;
  face_world w{verification(), p};
  w.attach_ready();
  for (int i = 0; i < 5; ++i)
    w.frame(i % 2 ? result<frame_analysis>{errc::invalid_image} : result<frame_analysis>{frame_analysis{}});
  EXPECT_TRUE(w.closed.empty());
  w.pass(milliseconds{100});
  w.say(R"({"type":"ping"})");
  w.say(some_picture);
  EXPECT_EQ(w.last()["type"], "pong");
  w.settle();
  EXPECT_EQ(w.last()["code"], 4429);
  EXPECT_EQ(w.closed.at(1).code, close_code::rate_limited);
  EXPECT_EQ(w.journal.back().status, session_status::failed);
  EXPECT_EQ(w.frames.size(), 5u);
}

TEST(FaceFrames, ComingTooFastIsToldAndCostsNothing) {
  face_world w;
  w.attach_ready();
  w.frame();
  w.pass(milliseconds{79});
  w.say(some_picture);
  EXPECT_EQ(w.last()["error"], "Frame rate too high");
  EXPECT_EQ(w.last()["code"], 429);
  EXPECT_EQ(w.machine.record().frames_counted, 1u);
  EXPECT_TRUE(w.closed.empty());
}

TEST(FaceFrames, BehindASlowEngineOnlyTheNewestWaits) {
  face_world w;
  w.attach_ready();
  for (auto text : {R"({"image":"AAAA"})", R"({"image":"BBBB"})", R"({"image":"CCCC"})", R"({"image":"DDDD"})"}) {
    w.pass(milliseconds{100});
    w.say(text);
  }
  EXPECT_EQ(w.frames.size(), 1u);
  EXPECT_EQ(w.types(), (types{"connection_established", "error", "error"}));
  w.machine.on_analyzed(clean_frame(), alive(), w.now);
  ASSERT_EQ(w.frames.size(), 2u);
  EXPECT_EQ(w.frames[1].image->text, "\"DDDD\"");
}

TEST(FaceFrames, PingsAreAlwaysAnswered) {
  face_world w;
  w.attach_ready();
  for (int i = 0; i < 50; ++i)
    w.say(R"({"type":"ping"})");
  EXPECT_EQ(w.types().size(), 51u);
  EXPECT_EQ(w.last()["type"], "pong");
}

TEST(FaceFrames, BinaryMessagesArePictures) {
  face_world w;
  w.attach_ready();
  w.machine.on_binary(1, payload{"\xFF\xD8"}, w.now);
  ASSERT_EQ(w.frames.size(), 1u);
  EXPECT_TRUE(w.frames[0].binary);
}

TEST(FaceFrames, TenBadMessagesInARowCloseTheSocket) {
  face_world w;
  w.attach_ready();
  for (int i = 0; i < 9; ++i)
    w.say("nonsense");
  w.say(R"({"type":"ping"})");
  for (int i = 0; i < 9; ++i)
    w.say(R"({"type":"what"})");
  EXPECT_EQ(w.last()["error"], "Unknown message type");
  EXPECT_TRUE(w.closed.empty());
  w.say("{}");
  EXPECT_EQ(w.last()["error"], "Message has no type");
  EXPECT_EQ(w.closed.at(1).code, close_code::policy);
}

// -- liveness ---------------------------------------------------------------------------------------------------------

TEST(FaceLiveness, ScoreIsTheMeanOfBothAndLowerForAStillPicture) {
  struct row {
    int blinks, motion;
    bool still;
    double score;
  };
  for (auto& r : {row{0, 0, false, 0}, {1, 0, false, 0.5}, {1, 1, false, 1}, {5, 5, false, 1}, {1, 1, true, 0.5}}) {
    face_world w;
    w.attach_ready();
    auto l = alive(r.blinks, r.motion);
    l.still = r.still;
    w.frame(clean_frame(), l);
    EXPECT_DOUBLE_EQ(w.last()["liveness_score"], r.score);
    EXPECT_EQ(w.last()["blinks_ok"], r.blinks > 0);
    EXPECT_EQ(w.last()["motion_ok"], r.motion > 0);
  }
}

} // namespace
} // namespace mdai::test
