#include <gtest/gtest.h>

#include "tests/support/session_world.hpp"

// What comes to a session from neither of its parties: a phone that joins it, an operator, a revocation.
namespace mdai::test {
namespace {

using types = std::vector<std::string>;

/// A session that was made for a device: nobody's yet.
struct provisioned : session_world {
  provisioned()
      : session_world("") {}
  void own(std::string platform_id = "PLT_secret9", bool hybrid = false) {
    machine.on_own(std::move(platform_id), hybrid);
  }
  const std::string& last_answer() { return owner_answers.back(); }
};

TEST(session_outside, BelongsToTheFirstPersonOnceThatIsStored) {
  provisioned w;
  w.own();
  EXPECT_TRUE(w.owner_answers.empty());
  ASSERT_EQ(w.stored.size(), 1u);
  EXPECT_EQ(w.stored.back().platform_id, "PLT_secret9");
  EXPECT_EQ(w.machine.record().platform_id, "");
  w.machine.on_owned(true);
  EXPECT_EQ(w.owner_answers, (types{"ok"}));
  EXPECT_EQ(w.machine.record().platform_id, "PLT_secret9");
}

TEST(session_outside, IsItsOwnersAgainWithoutAWordAndNobodyElses) {
  provisioned w;
  w.own("PLT_secret9", true);
  w.own("PLT_other77");
  w.own("PLT_secret9");
  EXPECT_TRUE(w.owner_answers.empty()) << "while the first is on its way to the disk";
  w.machine.on_owned(true);
  EXPECT_EQ(w.owner_answers, (types{"ok", "not_found", "ok"}));
  EXPECT_TRUE(w.machine.record().hybrid) << "as it was joined first";
  EXPECT_EQ(w.stored.size(), 1u);
}

TEST(session_outside, WhoCouldNotBeStoredLeavesItToTheNext) {
  provisioned w;
  w.own("PLT_secret9");
  w.own("PLT_other77");
  w.machine.on_owned(false);
  EXPECT_EQ(w.owner_answers, (types{"not_stored"}));
  w.machine.on_owned(true);
  EXPECT_EQ(w.owner_answers, (types{"not_stored", "ok"}));
  EXPECT_EQ(w.machine.record().platform_id, "PLT_other77");
}

TEST(session_outside, NeitherOwnerNorBindingIsLostWhenBothComeAtOnce) {
  provisioned w;
  w.join_device(2);
  w.grant();
  w.own(); // its binding is on its way to the disk and knows of no owner
  ASSERT_EQ(w.stored.size(), 1u);
  w.bound();
  ASSERT_EQ(w.stored.size(), 2u);
  EXPECT_EQ(w.stored.back().platform_id, "PLT_secret9");
  EXPECT_EQ(w.stored.back().device_id, "RDK_001");
  provisioned other;
  other.own();
  other.join_device(2);
  other.grant();
  EXPECT_EQ(other.stored.back().platform_id, "PLT_secret9");
  EXPECT_EQ(other.stored.back().device_id, "RDK_001");
}

TEST(session_outside, WithoutAnOwnerADeviceWaitsAndItsResultIsRefused) {
  provisioned w;
  w.seat_device(2);
  w.say(2, good_result);
  EXPECT_EQ(w.last_to(2), (nlohmann::json{{"type", "error"}, {"error", "platform_id not known yet"}, {"code", 400}}));
  EXPECT_TRUE(w.submissions.empty());
  w.own();
  w.machine.on_owned(true);
  w.say(2, good_result);
  EXPECT_EQ(w.submissions.size(), 1u);
}

TEST(session_outside, HidesItsLateOwnerFromTheDevice) {
  provisioned w;
  w.seat_device(2);
  w.own();
  w.machine.on_owned(true);
  w.join_mobile(1);
  w.say(1, R"({"type":"to_device","data":{"note":"I am PLT_secret9","platform_id":"PLT_secret9"}})");
  EXPECT_EQ(w.last_to(2)["data"], (nlohmann::json{{"note", "I am ***********"}}));
  EXPECT_EQ(w.all_to(2).find("PLT_secret9"), std::string::npos);
}

TEST(session_outside, AHybridOneTellsItsFinalResultTwice) {
  provisioned w;
  w.own("PLT_secret9", true);
  w.machine.on_owned(true);
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_delivery_pending({});
  EXPECT_EQ(w.types_to(1), (types{"verification_result"})) << "what is not final is told once";
  w.sent.clear();
  w.machine.on_outcome(success());
  w.machine.on_final_stored();
  EXPECT_EQ(w.types_to(1), (types{"verification_result", "result"}));
  EXPECT_EQ(w.last_to(1), (nlohmann::json{{"type", "result"}, {"status", "success"}, {"platform_id", "PLT_secret9"}}));
  EXPECT_EQ(w.types_to(2), (types{"verification_result", "result"}));
  EXPECT_EQ(w.last_to(2), (nlohmann::json{{"type", "result"}, {"status", "success"}}));
  w.join_mobile(3);
  EXPECT_EQ(w.types_to(3), (types{"auth_success", "verification_result", "result"})) << "whoever comes back too";
}

TEST(session_outside, AnOrdinaryOneTellsItOnce) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_outcome({false, "no", {}});
  w.machine.on_final_stored();
  EXPECT_EQ(w.types_to(1), (types{"verification_result"}));
  EXPECT_EQ(w.types_to(2), (types{"verification_result"}));
}

TEST(session_outside, EndsForBothOnceTheOperatorsWordIsStored) {
  session_world w;
  w.seat_both();
  w.machine.on_end();
  EXPECT_EQ(w.stored.back().status, session_status::ended);
  EXPECT_TRUE(w.closed.empty());
  w.machine.on_ended();
  for (link_id link : {1u, 2u}) {
    EXPECT_EQ(w.types_to(link), (types{"session_expired"}));
    EXPECT_EQ(w.closed.at(link).code, close_code::unauthorized);
  }
  EXPECT_EQ(w.releases, (types{"RDK_001"}));
  w.join_mobile(3);
  w.join_device(4);
  EXPECT_EQ(w.refusals.at(3).reason, messages::session_is_expired);
  EXPECT_EQ(w.refusals.at(4).reason, messages::session_is_expired);
  auto stores = w.stored.size();
  w.machine.on_end();
  EXPECT_EQ(w.stored.size(), stores) << "what is over is not ended again";
}

TEST(session_outside, WhoWaitsForASeatOrToOwnItHearsOfItsEnd) {
  provisioned w;
  w.join_device(2);
  w.join_device(3, "RDK_002");
  w.own();
  w.machine.on_end();
  EXPECT_EQ(w.refusals.at(2).code, close_code::unauthorized);
  EXPECT_EQ(w.refusals.at(3).code, close_code::unauthorized);
  EXPECT_EQ(w.owner_answers, (types{"session_over"}));
}

TEST(session_outside, AResultOnItsWayOutlivesTheOperatorsEnd) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_end();
  w.machine.on_ended();
  w.machine.on_outcome(success());
  ASSERT_EQ(w.finals.size(), 1u) << "the outbox is told that it may forget";
  w.machine.on_final_stored();
  w.join_mobile(3);
  EXPECT_EQ(w.refusals.at(3).reason, messages::session_is_expired);
}

TEST(session_outside, ARevokedDeviceLosesItsSeatAndOnlyThat) {
  session_world w;
  w.seat_both();
  w.machine.on_revoked("RDK_002");
  EXPECT_TRUE(w.refusals.empty());
  w.machine.on_revoked("RDK_001");
  EXPECT_EQ(w.refusals.at(2).reason, messages::device_not_registered);
  EXPECT_EQ(w.refusals.at(2).code, close_code::forbidden);
  EXPECT_EQ(w.types_to(1), (types{"device_disconnected"}));
  EXPECT_FALSE(w.machine.connected(party::device));
  w.machine.on_revoked("RDK_001");
}

} // namespace
} // namespace mdai::test
