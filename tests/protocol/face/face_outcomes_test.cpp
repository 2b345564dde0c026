#include <gtest/gtest.h>

#include "tests/support/face_world.hpp"

namespace mdai::test {
namespace {

using namespace face;
using types = std::vector<std::string>;
using decision = match_outcome::kind;

session_record verification() { return face_world::record_for(session_kind::verification); }
session_record identification() { return face_world::record_for(session_kind::identification); }

// -- enrolment --------------------------------------------------------------------------------------------------------

TEST(FaceEnrolment, IsCompleteWithEnoughSamplesABlinkAndAMovement) {
  face_world w;
  w.attach_ready();
  w.frame();
  EXPECT_EQ(w.last()["message"], "Hold still and look at the camera (1/3)");
  w.frame();
  EXPECT_TRUE(w.decisions.empty());
  w.frame();
  ASSERT_EQ(w.decisions.size(), 1u);
  EXPECT_EQ(w.when_completed->status, session_status::completed);
  EXPECT_EQ(w.when_completed->frames_processed, 3u);
  EXPECT_EQ(w.last()["message"], "Hold still while your face is checked");
  w.decided(decision::accepted);
  EXPECT_EQ(w.types(), (types{"connection_established", "frame_processed", "frame_processed", "frame_processed",
                              "enrollment_complete"}));
  EXPECT_EQ(w.closed.at(1).code, close_code::done);
  EXPECT_TRUE(w.machine.over());
  EXPECT_EQ(w.last()["enrollment_id"], "00000000-0000-4000-8000-0000000000e1");
  auto sealed = w.last()["encrypted_data"]["encrypted_payload"].get<std::string>();
  auto plain = crypto::open_cbc(crypto::key256{7}, *crypto::decode_base64(sealed));
  ASSERT_TRUE(plain);
  EXPECT_EQ(nlohmann::json::parse(*plain)["id"], "00000000-0000-4000-8000-0000000000e1");
  EXPECT_EQ(nlohmann::json::parse(*plain)["session_type"], "enrollment");
}

TEST(FaceEnrolment, NeedsEachOfItsConditions) {
  struct row {
    const char* what;
    float quality;
    int blinks, motion;
    float glasses;
    bool complete;
  };
  const row rows[] = {{"all of them", 0.65f, 1, 1, 0.5f, true},
                      {"no blink", 0.9f, 0, 1, 0, false},
                      {"no movement", 0.9f, 1, 0, 0, false},
                      {"too poor", 0.649f, 1, 1, 0, false},
                      {"covered", 0.9f, 1, 1, 0.51f, false}};
  for (auto& r : rows) {
    face_world w;
    w.attach_ready();
    auto f = clean_frame(r.quality);
    f.obstacles[0] = r.glasses;
    for (int i = 0; i < 4; ++i)
      w.frame(f, alive(r.blinks, r.motion));
    EXPECT_EQ(!w.decisions.empty(), r.complete) << r.what;
  }
}

TEST(FaceEnrolment, KeepsTheBestSamplesNotTheLast) {
  face_world w;
  w.attach_ready();
  float mark = 0;
  for (float quality : {0.7f, 0.95f, 0.8f, 0.66f, 0.9f})
    w.frame(clean_frame(quality, ++mark), alive(0, 0));
  w.frame(clean_frame(0.67f, 6), alive());
  ASSERT_EQ(w.decisions.size(), 1u);
  EXPECT_EQ(w.decisions[0], (std::vector<embedding>{{2}, {5}, {3}}));
}

TEST(FaceEnrolment, AFaceThatIsKnownAlreadyEndsItWithoutNamingAnybody) {
  face_world w;
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::refused, "berta");
  EXPECT_NE(w.last()["type"], "enrollment_failed") << "told before it is journaled";
  w.settle();
  EXPECT_EQ(w.last()["type"], "enrollment_failed");
  EXPECT_EQ(w.last()["error_code"], "DUPLICATE_FACE_DETECTED");
  EXPECT_EQ(w.sent[1].back().find("berta"), std::string::npos);
  EXPECT_EQ(w.closed.at(1).code, close_code::enrolment_failed);
  EXPECT_EQ(w.journal.back().status, session_status::failed);
}

TEST(FaceEnrolment, GoesOnWhenTheTemplatesCannotBeStored) {
  face_world w;
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::unavailable);
  EXPECT_EQ(w.last()["code"], 503);
  EXPECT_TRUE(w.closed.empty());
  w.frame();
  ASSERT_EQ(w.decisions.size(), 2u);
  w.decided(decision::accepted);
  EXPECT_EQ(w.last()["type"], "enrollment_complete");
}

// -- authentication ---------------------------------------------------------------------------------------------------

TEST(FaceAuthentication, NeedsABlinkOrAMovement) {
  for (auto [blinks, motion, complete] : {std::tuple{0, 0, false}, {1, 0, true}, {0, 1, true}, {1, 1, true}}) {
    face_world w{verification()};
    w.attach_ready();
    for (int i = 0; i < 3; ++i)
      w.frame(clean_frame(), alive(blinks, motion));
    EXPECT_EQ(!w.decisions.empty(), complete) << blinks << motion;
  }
}

TEST(FaceAuthentication, TellsWhoItIsOnceThatIsJournaled) {
  face_world w{identification()};
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::accepted, "anna", 0.93f);
  EXPECT_EQ(w.journal.back().status, session_status::completed);
  EXPECT_EQ(w.last()["type"], "frame_processed");
  w.settle();
  EXPECT_EQ(w.last()["type"], "authentication_complete");
  EXPECT_EQ(w.last()["authenticated"], true);
  EXPECT_EQ(w.last()["user_id"], "anna");
  EXPECT_DOUBLE_EQ(w.last()["confidence"], 0.93);
  EXPECT_EQ(w.closed.at(1).code, close_code::done);
}

TEST(FaceAuthentication, ConfidenceStaysBetweenZeroAndOne) {
  face_world w{verification()};
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::accepted, "anna", 1.0000002f);
  w.settle();
  EXPECT_EQ(w.last()["confidence"], 1.0);
}

TEST(FaceAuthentication, AStrangerIsRefusedAndTheSessionFails) {
  const std::pair<session_record, const char*> rows[] = {{verification(), "Face does not match specified user"},
                                                         {identification(), "Face not recognized"}};
  for (auto& [record, sentence] : rows) {
    face_world w{record};
    w.attach_ready();
    for (int i = 0; i < 3; ++i)
      w.frame();
    w.decided(decision::refused);
    w.settle();
    EXPECT_EQ(w.last()["type"], "authentication_complete");
    EXPECT_EQ(w.last()["success"], false);
    EXPECT_EQ(w.last()["authenticated"], false);
    EXPECT_EQ(w.last()["message"], sentence);
    EXPECT_EQ(w.closed.at(1).code, close_code::done);
    EXPECT_EQ(w.journal.back().reason, sentence);
    EXPECT_EQ(w.journal.back().status, session_status::failed);
  }
}

TEST(FaceAuthentication, WithoutLivenessCountsFramesAlone) {
  auto record = verification();
  record.require_liveness = false;
  face_world w{record};
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame(clean_frame(), alive(0, 0));
  EXPECT_EQ(w.decisions.size(), 1u);
  EXPECT_EQ(w.last()["liveness_verified"], false);
  EXPECT_EQ(w.last()["blinks_required"], 0);
}

TEST(FaceAuthentication, AClientsWishesDoNotGoBelowTheMinima) {
  auto record = verification();
  record.require_liveness = false;
  record.frames_wanted = 1;
  record.required_blinks = 0;
  stream_policy p;
  p.min_frames = 2;
  p.min_blinks = 2;
  p.always_liveness = true;
  face_world w{record, p};
  w.attach_ready();
  EXPECT_EQ(w.last()["min_frames_required"], 2);
  w.frame(clean_frame(), alive(1, 0));
  w.frame(clean_frame(), alive(1, 0));
  EXPECT_TRUE(w.decisions.empty());
  EXPECT_EQ(w.last()["blinks_required"], 2);
  w.frame(clean_frame(), alive(2, 0));
  EXPECT_EQ(w.decisions.size(), 1u);
}

TEST(FaceAuthentication, ARuleThatAsksForNothingVerifiesNothing) {
  auto record = verification();
  record.required_blinks = 0;
  for (bool clients_choice : {true, false}) {
    stream_policy p;
    p.always_liveness = !clients_choice;
    face_world w{record, p};
    w.attach_ready();
    for (int i = 0; i < 3; ++i)
      w.frame(clean_frame(), alive(0, 0));
    EXPECT_EQ(!w.decisions.empty(), clients_choice) << "the contract's letter, unless the operator insists";
    EXPECT_EQ(w.last()["message"],
              clients_choice ? "Hold still while your face is checked" : "Turn your head slightly (0/1)");
    EXPECT_EQ(w.last()["liveness_verified"], false);
    EXPECT_EQ(w.last()["visual_data"]["liveness_indicators"]["blink_verified"], false);
  }
}

} // namespace
} // namespace mdai::test
