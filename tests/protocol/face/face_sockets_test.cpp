#include <gtest/gtest.h>

#include "tests/support/face_world.hpp"

namespace mdai::test {
namespace {

using namespace face;
using types = std::vector<std::string>;
using decision = match_outcome::kind;

session_record verification() { return face_world::record_for(session_kind::verification); }

TEST(FaceSocket, IsWelcomedOnceThatIsJournaled) {
  face_world w;
  w.pass(milliseconds{10'500});
  w.attach(1);
  EXPECT_TRUE(w.sent.empty());
  EXPECT_EQ(w.journal.back().status, session_status::processing);
  w.settle();
  EXPECT_EQ(w.last(),
            (nlohmann::json{
                {"type", "connection_established"},
                {"session_type", "enrollment"},
                {"session_token", "sess_of_tests"},
                {"status", "processing"},
                {"target_samples", 3},
                {"limits", {{"max_fps", 10}, {"max_frames", 120}, {"max_image_bytes", 1 << 20}, {"expires_in", 289}}},
                {"message", "Look at the camera and keep your whole face in the picture"}}));
}

TEST(FaceSocket, WhatItSendsBeforeItIsWelcomedWaits) {
  face_world w;
  w.attach(1);
  w.say(some_picture);
  EXPECT_TRUE(w.frames.empty());
  w.settle();
  EXPECT_EQ(w.frames.size(), 1u);
}

TEST(FaceSocket, IsRefusedWhenTheJournalDoesNotTakeItIn) {
  face_world w;
  w.attach(1);
  w.stored(false);
  EXPECT_EQ(w.last()["code"], 4500);
  EXPECT_EQ(w.closed.at(1).code, close_code::internal);
  w.settle();
  w.attach_ready(2);
  EXPECT_EQ(w.last(2)["type"], "connection_established");
}

TEST(FaceSocket, ANewerOneTakesThePlaceOfTheOlder) {
  face_world w;
  w.attach_ready(1);
  w.frame();
  w.attach(2);
  EXPECT_EQ(w.closed.at(1).code, close_code::replaced);
  EXPECT_EQ(w.types(2), (types{"connection_established"}));
  w.say(some_picture, 1);
  w.machine.on_detach(1);
  EXPECT_EQ(w.machine.record().status, session_status::processing);
  w.frame(clean_frame(), alive(), 2);
  EXPECT_EQ(w.last(2)["frames_processed"], 2);
}

TEST(FaceSocket, AFrameOfTheOlderOneCountsAndIsNotAnsweredToTheNewer) {
  face_world w;
  w.attach_ready(1);
  w.pass(milliseconds{100});
  w.say(some_picture, 1);
  w.attach(2);
  w.machine.on_analyzed(clean_frame(), alive(), w.now);
  EXPECT_EQ(w.types(2), (types{"connection_established"}));
  EXPECT_EQ(w.machine.record().frames_processed, 1u);
}

TEST(FaceSocket, ThatDropsLeavesTheSessionAsItWas) {
  face_world w;
  w.attach_ready(1);
  w.frame();
  w.frame();
  w.machine.on_detach(1);
  EXPECT_EQ(w.journal.back().status, session_status::disconnected);
  w.attach_ready(2);
  w.frame(clean_frame(), alive(), 2);
  EXPECT_EQ(w.decisions.size(), 1u);
}

TEST(FaceSocket, NobodyIsJudgedWhoIsNotThereToHearIt) {
  face_world w;
  w.attach_ready(1);
  w.frame();
  w.frame();
  w.pass(milliseconds{100});
  w.say(some_picture);
  w.machine.on_detach(1);
  w.machine.on_analyzed(clean_frame(), alive(), w.now);
  EXPECT_TRUE(w.decisions.empty());
  w.attach_ready(2);
  w.frame(clean_frame(), alive(), 2);
  EXPECT_EQ(w.decisions.size(), 1u);
}

TEST(FaceSocket, FastReconnectsAreWelcomedOnce) {
  face_world w;
  w.attach(1);
  w.machine.on_detach(1);
  w.attach(2);
  w.stored(); // of the first
  EXPECT_TRUE(w.types(2).empty());
  w.settle();
  EXPECT_EQ(w.types(2), (types{"connection_established"}));
}

TEST(FaceSocket, ComesTooLateForASessionThatIsOver) {
  struct row {
    session_status status;
    const char* error;
    close_code code;
  };
  const row rows[] = {{session_status::completed, "Session is completed", close_code::session_finished},
                      {session_status::failed, "Session is failed", close_code::session_finished},
                      {session_status::cancelled, "Session is cancelled", close_code::session_finished},
                      {session_status::expired, "Session expired", close_code::unauthorized}};
  for (auto& r : rows) {
    auto record = verification();
    record.status = r.status;
    face_world w{record};
    w.attach(1);
    EXPECT_EQ(w.last()["type"], "error");
    EXPECT_EQ(w.last()["error"], r.error);
    EXPECT_EQ(w.closed.at(1).code, r.code);
    EXPECT_TRUE(w.journal.empty());
  }
}

TEST(FaceSocket, ThatComesWhileTheSessionEndsHearsTheLastWord) {
  face_world w{verification()};
  w.attach_ready(1);
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::accepted, "anna", 0.9f);
  w.attach(2);
  w.settle();
  EXPECT_EQ(w.closed.at(1).code, close_code::replaced);
  EXPECT_EQ(w.types(2), (types{"authentication_complete"}));
}

TEST(FaceSocket, OfASuspendedTenantGoesAndTheSessionStays) {
  face_world w;
  w.attach_ready(1);
  w.machine.on_suspended();
  EXPECT_EQ(w.last()["code"], 4403);
  EXPECT_EQ(w.closed.at(1).code, close_code::forbidden);
  EXPECT_EQ(w.machine.record().status, session_status::disconnected);
}

// -- ends -------------------------------------------------------------------------------------------------------------

TEST(FaceEnd, ExpiryIsTold) {
  face_world w;
  w.attach_ready();
  w.machine.on_expire(w.expires_at);
  EXPECT_EQ(w.types().back(), "connection_established");
  w.settle();
  EXPECT_EQ(w.last()["error"], "Session expired");
  EXPECT_EQ(w.closed.at(1).code, close_code::unauthorized);
  EXPECT_EQ(w.journal.back().status, session_status::expired);
}

TEST(FaceEnd, ExpiryComesEvenWhenItCannotBeJournaled) {
  face_world w;
  w.attach_ready();
  w.machine.on_expire(w.expires_at);
  w.stored(false);
  EXPECT_TRUE(w.machine.over());
  EXPECT_EQ(w.closed.at(1).code, close_code::unauthorized);
}

TEST(FaceEnd, CancellingIsTold) {
  for (bool by_client : {true, false}) {
    face_world w;
    w.attach_ready();
    if (by_client)
      w.say(R"({"type":"cancel"})");
    else
      w.machine.on_cancel(w.now);
    w.settle();
    EXPECT_EQ(w.last()["type"], "error");
    EXPECT_EQ(w.last()["code"], 4499);
    EXPECT_EQ(w.closed.at(1).code, close_code::cancelled);
    EXPECT_EQ(w.journal.back().status, session_status::cancelled);
    const auto stores = w.journal.size();
    w.machine.on_cancel(w.now);
    EXPECT_EQ(w.journal.size(), stores) << "once is enough";
  }
}

TEST(FaceEnd, ThatCannotBeJournaledIsNone) {
  face_world w{verification()};
  w.attach_ready();
  w.machine.on_cancel(w.now);
  w.stored(false);
  EXPECT_EQ(w.last()["code"], 503);
  EXPECT_FALSE(w.machine.over());
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.decided(decision::accepted, "anna", 0.9f);
  w.stored(false);
  EXPECT_EQ(w.last()["code"], 503);
  EXPECT_EQ(w.machine.record().status, session_status::processing);
  w.frame();
  w.decided(decision::accepted, "anna", 0.9f);
  w.settle();
  EXPECT_EQ(w.last()["authenticated"], true);
}

TEST(FaceEnd, ExpiryWaitsForADecisionThatIsUnderWay) {
  face_world w{verification()};
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  w.machine.on_expire(w.expires_at);
  EXPECT_EQ(w.journal.back().status, session_status::processing);
  face_world other{verification()};
  other.attach_ready();
  for (int i = 0; i < 3; ++i)
    other.frame();
  other.machine.on_expire(other.expires_at);
  w.decided(decision::accepted, "anna", 1);
  other.decided(decision::unavailable);
  w.settle();
  other.settle();
  EXPECT_EQ(w.journal.back().status, session_status::completed);
  EXPECT_EQ(other.journal.back().status, session_status::expired);
}

/// A session whose samples are being decided about.
void begin_decision(face_world& w) {
  w.attach_ready();
  for (int i = 0; i < 3; ++i)
    w.frame();
  ASSERT_EQ(w.decisions.size(), 1u);
}

TEST(FaceEnd, CancellingWaitsForADecisionThatIsUnderWay) {
  for (auto outcome : {decision::accepted, decision::unavailable}) {
    face_world w;
    begin_decision(w);
    w.say(R"({"type":"cancel"})");
    EXPECT_FALSE(w.machine.over());
    w.decided(outcome);
    w.settle();
    EXPECT_EQ(w.machine.record().status,
              outcome == decision::accepted ? session_status::completed : session_status::cancelled);
  }
}

TEST(FaceEnd, ThatCannotBeJournaledIsTriedOnceMoreForWhoCancels) {
  face_world w;
  begin_decision(w);
  w.machine.on_cancel(w.now);
  w.decided(decision::unavailable);
  w.stored(false);
  EXPECT_TRUE(w.stores.empty()) << "not again and again while the disk is full";
  EXPECT_FALSE(w.machine.over());
}

// What a socket does while the templates and the completed record are on their way to the disk must not stand behind
// them there: the session would live on after a restart.
TEST(FaceEnd, NothingIsJournaledBehindADecision) {
  for (bool comes_back : {false, true}) {
    face_world w;
    begin_decision(w);
    const auto journaled = w.journal.size();
    w.machine.on_detach(1);
    if (comes_back)
      w.attach(2);
    EXPECT_EQ(w.journal.size(), journaled);
    w.decided(decision::accepted);
    EXPECT_EQ(w.journal.size(), journaled);
    EXPECT_EQ(w.machine.record().status, session_status::completed);
    EXPECT_EQ(w.types(2), (comes_back ? types{"connection_established", "enrollment_complete"} : types{}));
  }
}

TEST(FaceEnd, WhoWentWhileNothingCouldBeDecidedIsDisconnected) {
  face_world w;
  begin_decision(w);
  w.machine.on_detach(1);
  w.decided(decision::unavailable);
  EXPECT_EQ(w.journal.back().status, session_status::disconnected);
}

TEST(FaceEnd, WhoComesDuringAnEndThatCannotBeJournaledIsWelcomedAfterIt) {
  face_world w;
  w.machine.on_cancel(w.now);
  w.attach(1);
  EXPECT_TRUE(w.types().empty());
  w.stored(false);
  w.settle();
  EXPECT_EQ(w.types(), types{"connection_established"});
  w.frame();
  EXPECT_EQ(w.last()["frames_processed"], 1);
}

TEST(FaceEnd, AfterARestartASessionIsResumable) {
  auto record = verification();
  record.status = session_status::processing;
  record.frames_processed = 2;
  record.frames_counted = 119;
  face_world w{record};
  EXPECT_EQ(w.machine.record().status, session_status::disconnected);
  w.attach_ready();
  w.frame();
  EXPECT_EQ(w.last()["frames_processed"], 1);
  w.frame();
  w.settle();
  EXPECT_EQ(w.closed.at(1).code, close_code::rate_limited) << "the budget is the session's, not the process's";
}

} // namespace
} // namespace mdai::test
