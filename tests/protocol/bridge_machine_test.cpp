#include <gtest/gtest.h>

#include "tests/support/session_world.hpp"

/// The session machine when its clients speak the older bridge's dialect: party::mobile is the app, device the
/// hardware.
namespace mdai::test {
namespace {

using types = std::vector<std::string>;

constexpr link_id app = 1, hardware = 2;
constexpr auto alias = "PID_0123456789abcdef";
constexpr auto introduction = R"({"type":"to_hardware","data":{"platform_id":"PLT_secret9","n":1}})";
constexpr auto picture =
    R"({"type":"to_backend","data":{"platform_id":"PID_0123456789abcdef","image_base64":"aGVsbG8="}})";

session_record bridge_record(std::string with_alias = alias) {
  auto r = session_world::record_for({});
  r.dialect = dialect_id::bridge;
  r.alias = std::move(with_alias);
  return r;
}

class Bridge : public ::testing::Test {
protected:
  void join_app(link_id link) { w.join_mobile(link); }
  void join_hardware(link_id link) { w.join_device(link, {}); }
  void seat_both() {
    join_app(app);
    join_hardware(hardware);
    w.sent.clear();
  }
  /// Both are there, and the person is known.
  void introduce() {
    seat_both();
    w.say(app, introduction);
    w.machine.on_identified(true, w.now);
    w.sent.clear();
  }
  messages::outcome answer(unsigned status = 200, std::uint32_t round = 1) {
    return {status == 200, {}, R"({"success":true,"platform_id":"PLT_secret9"})", status, round, milliseconds{7}};
  }

  session_world w{bridge_record()};
};

TEST_F(Bridge, GreetsWhoJoinsAndTellsOnlyTheOtherSide) {
  join_hardware(hardware);
  EXPECT_EQ(w.all_to(hardware), R"({"type":"joined","role":"hardware"})");
  EXPECT_TRUE(w.claims.empty()); // it has no name that other sessions could know
  join_app(app);
  EXPECT_EQ(w.all_to(app), R"({"type":"joined","role":"app"})");
  EXPECT_EQ(w.types_to(hardware), (types{"joined", "status"}));
  EXPECT_EQ(w.last_to(hardware)["connected"], true);
  w.machine.on_gone(app);
  EXPECT_EQ(w.last_to(hardware)["connected"], false);
  EXPECT_EQ(w.last_to(hardware)["role"], "app");
  EXPECT_TRUE(w.releases.empty());
  EXPECT_TRUE(w.scans.empty());
}

TEST_F(Bridge, ANewerOneIsRefusedWhenTheOlderAnswersAPing) {
  seat_both();
  for (auto who : {party::mobile, party::device}) {
    auto older = who == party::mobile ? app : hardware;
    auto newer = older + 10;
    w.machine.on_join(newer, who, {}, w.now);
    w.machine.on_join(newer + 10, who, {}, w.now);
    EXPECT_EQ(w.pings.back(), older);
    w.machine.on_pong(older);
    EXPECT_EQ(w.refusals.at(newer).code, close_code::multi_scan);
    EXPECT_EQ(w.refusals.at(newer + 10).code, close_code::multi_scan);
    EXPECT_FALSE(w.closed.contains(older));
  }
  EXPECT_EQ(w.pings.size(), 2u);
  EXPECT_TRUE(w.machine.paired());
}

TEST_F(Bridge, ASilentOneLosesItsSeatToTheFirstWhoWaits) {
  seat_both();
  join_hardware(12);
  join_hardware(13);
  w.machine.on_no_pong(hardware);
  EXPECT_EQ(w.closed.at(hardware).code, close_code::replaced);
  EXPECT_EQ(w.types_to(12), types{"joined"});
  EXPECT_EQ(w.pings, (std::vector<link_id>{hardware, 12})); // the next one finds the seat taken
  w.machine.on_pong(12);
  EXPECT_EQ(w.refusals.at(13).code, close_code::multi_scan);
  EXPECT_EQ(w.types_to(app), (types{"status", "status"}));
}

TEST_F(Bridge, WhoWaitsGetsTheSeatOfOneThatLeaves) {
  seat_both();
  join_app(11);
  w.machine.on_gone(app);
  EXPECT_EQ(w.types_to(11), types{"joined"});
  join_app(12);
  w.machine.on_gone(12); // gone before the answer: nobody has to be refused
  w.machine.on_pong(11);
  EXPECT_FALSE(w.refusals.contains(12));
}

TEST_F(Bridge, WhoWaitsAtTheEndIsRefused) {
  seat_both();
  join_app(11);
  w.machine.on_expire();
  EXPECT_EQ(w.refusals.at(11).code, close_code::unauthorized);
}

TEST_F(Bridge, TheHardwareHearsOfThePersonWhenThatIsStored) {
  seat_both();
  w.say(app, introduction);
  w.say(app, R"({"type":"to_hardware","data":"behind it"})");
  EXPECT_EQ(w.stored.back().platform_id, "PLT_secret9");
  EXPECT_TRUE(w.sent.empty());
  w.machine.on_identified(true, w.now);
  ASSERT_EQ(w.sent[hardware].size(), 2u);
  EXPECT_EQ(w.sent[hardware][0], R"({"type":"from_app","data":{"platform_id":"PID_0123456789abcdef","n":1}})");
  EXPECT_EQ(w.sent[hardware][1], R"({"type":"from_app","data":"behind it"})");
  auto writes = w.stored.size();
  w.say(app, introduction); // known already: nothing to write
  EXPECT_EQ(w.stored.size(), writes);
  EXPECT_EQ(w.sent[hardware].size(), 3u);
}

TEST_F(Bridge, APersonWhoCannotBeStoredIsNotKnown) {
  seat_both();
  w.say(app, introduction);
  w.machine.on_identified(false, w.now);
  EXPECT_EQ(w.last_to(app)["code"], 503);
  EXPECT_TRUE(w.all_to(hardware).empty());
  w.say(hardware, picture);
  EXPECT_EQ(w.last_to(hardware)["error"], "platform_id not known yet");
  EXPECT_EQ(w.last_to(hardware)["code"], 400);
}

TEST_F(Bridge, AnotherPersonWaitsForTheResultUnderWayAndInheritsNoAnswer) {
  constexpr auto another = R"({"type":"to_hardware","data":{"platform_id":"PLT_another"}})";
  introduce();
  w.say(hardware, picture);
  w.machine.on_submitted(true);
  w.say(app, another);
  EXPECT_EQ(w.last_to(app)["code"], 409);
  w.machine.on_outcome(answer());
  w.say(app, another);
  EXPECT_EQ(w.last_to(app)["code"], 409);
  w.machine.on_final_stored();
  w.say(app, another);
  EXPECT_EQ(w.stored.back().platform_id, "PLT_another");
  EXPECT_EQ(w.stored.back().final_result, "");
  w.machine.on_identified(true, w.now);
  EXPECT_EQ(w.last_to(hardware)["data"]["platform_id"], alias);
}

TEST_F(Bridge, AnAppThatFloodsBeforeThatIsClosed) {
  seat_both();
  w.say(app, introduction);
  for (int i = 0; i < 256; ++i)
    w.say(app, R"({"type":"pong"})");
  EXPECT_FALSE(w.closed.contains(app));
  w.say(app, R"({"type":"pong"})");
  EXPECT_EQ(w.closed.at(app).code, close_code::overload);
}

TEST_F(Bridge, SaysNoErrorToHardwareAndCountsInstead) {
  join_hardware(hardware);
  w.sent.clear();
  for (auto text : {R"({"type":"to_app","data":{}})", R"({"type":"submit_result"})",
                    R"({"type":"to_hardware","data":{}})", "{", "[]", R"({"data":1})"})
    w.say(hardware, text);
  w.machine.on_binary(hardware);
  EXPECT_TRUE(w.all_to(hardware).empty());
  EXPECT_EQ(w.drops[party::device], 7u);
}

TEST_F(Bridge, TheAppIsTold) {
  join_app(app);
  w.say(app, R"({"type":"to_hardware","data":{}})");
  EXPECT_EQ(w.all_to(app).substr(w.sent[app][0].size()),
            R"({"type":"error","error":"Hardware not connected","code":404,"message":"Hardware not connected"})");
  w.say(app, R"({"type":"to_device"})");
  EXPECT_EQ(w.last_to(app)["error"], "Unknown message type");
}

TEST_F(Bridge, AResultIsAnsweredAndTheNextOneHasARoundOfItsOwn) {
  introduce();
  for (std::uint32_t round = 1; round <= 2; ++round) {
    w.say(hardware, picture);
    ASSERT_EQ(w.submissions.size(), round);
    EXPECT_EQ(w.stored.back().rounds, round);
    EXPECT_EQ(w.stored.back().status, session_status::delivering);
    w.machine.on_submitted(true);
    w.machine.on_outcome(answer(200, round));
    w.say(hardware, picture); // not before the answer is stored and told
    EXPECT_EQ(w.submissions.size(), round);
    w.machine.on_final_stored();
    EXPECT_EQ(w.finals.back().status, session_status::open);
    EXPECT_EQ(
        w.sent[app].back(),
        R"({"type":"backend_response","status_code":200,"data":{"success":true,"platform_id":"PLT_secret9"},"latency_ms":7})");
    EXPECT_EQ(w.sent[hardware].back(),
              R"({"type":"backend_response","status_code":200,"data":{"success":true},"latency_ms":7})");
  }
  EXPECT_TRUE(w.closed.empty());
}

TEST_F(Bridge, WhoJoinsAfterAnAnswerHearsIt) {
  introduce();
  w.say(hardware, picture);
  w.machine.on_submitted(true);
  w.machine.on_gone(hardware);
  w.machine.on_outcome(answer());
  w.machine.on_final_stored();
  join_hardware(12);
  EXPECT_EQ(w.types_to(12), (types{"joined", "backend_response"}));
}

TEST_F(Bridge, ADelayIs503Or504AndIsRepeatedToWhoAsksAgain) {
  for (bool timed_out : {false, true}) {
    session_world fresh{bridge_record()};
    fresh.join_mobile(app);
    fresh.join_device(hardware, {});
    fresh.say(app, introduction);
    fresh.machine.on_identified(true, fresh.now);
    fresh.say(hardware, picture);
    fresh.machine.on_submitted(true);
    fresh.sent.clear();
    fresh.say(hardware, picture); // its answer is the first one's
    EXPECT_EQ(fresh.drops[party::device], 1u);
    fresh.machine.on_delivery_pending({timed_out, milliseconds{5'000}});
    fresh.say(hardware, picture);
    EXPECT_EQ(fresh.types_to(hardware), (types{"backend_response", "backend_response"}));
    EXPECT_EQ(fresh.types_to(app), types{"backend_response"});
    EXPECT_EQ(fresh.last_to(hardware)["status_code"], timed_out ? 504 : 503);
    EXPECT_EQ(fresh.submissions.size(), 1u);
  }
}

TEST_F(Bridge, AResultThatIsNotAcceptedIsAnsweredToBoth) {
  introduce();
  w.say(hardware, R"({"type":"to_backend","data":{"image":"?"}})");
  EXPECT_EQ(w.last_to(app)["status_code"], 400);
  EXPECT_EQ(w.last_to(hardware)["data"]["error"], "image_base64 must be padded base64");
  w.say(hardware, picture);
  w.machine.on_submitted(false);
  EXPECT_EQ(w.last_to(app)["status_code"], 503);
  EXPECT_EQ(w.last_to(hardware)["status_code"], 503);
  w.say(hardware, picture);
  EXPECT_EQ(w.stored.back().rounds, 1u); // the platform has seen none yet
}

TEST_F(Bridge, AnAnswerTooLongForHardwareComesWithoutItsData) {
  introduce();
  w.say(hardware, picture);
  w.machine.on_submitted(true);
  auto long_answer = answer(422);
  long_answer.data = R"({"a":")" + std::string(1u << 20, 'a') + R"("})";
  w.machine.on_outcome(long_answer);
  w.machine.on_final_stored();
  EXPECT_GT(w.all_to(app).size(), 1u << 20);
  EXPECT_EQ(w.all_to(hardware), R"({"type":"backend_response","status_code":422,"data":{},"latency_ms":7})");
  w.say(hardware, R"({"type":"ping","x":")" + std::string(1u << 20, 'a') + R"("})");
  EXPECT_EQ(w.sent[hardware].back(), R"({"type":"pong"})");
}

TEST_F(Bridge, InCompatTheRealIdPassesAndHardwaresCountsUntilThereIsOne) {
  session_world compat{bridge_record({})};
  compat.join_mobile(app);
  compat.join_device(hardware, {});
  compat.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_from_hw","image":"aGVsbG8="}})");
  EXPECT_EQ(compat.stored.back().platform_id, "PLT_from_hw");
  EXPECT_EQ(compat.submissions.size(), 1u);
  compat.say(app, introduction);
  compat.machine.on_identified(true, compat.now);
  EXPECT_EQ(compat.sent[hardware].back(), R"({"type":"from_app","data":{"platform_id":"PLT_secret9","n":1}})");
}

TEST_F(Bridge, InStrictWhatHardwareCallsThePersonCountsForNothing) {
  seat_both();
  w.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_from_hw","image":"aGVsbG8="}})");
  EXPECT_TRUE(w.submissions.empty());
  EXPECT_EQ(w.last_to(hardware)["error"], "platform_id not known yet");
}

TEST_F(Bridge, AtItsEndBothAreTold) {
  seat_both();
  w.machine.on_expire();
  for (auto link : {app, hardware}) {
    EXPECT_EQ(w.all_to(link), R"({"type":"error","error":"Session expired","code":4401,"message":"Session expired"})");
    EXPECT_EQ(w.closed.at(link).code, close_code::unauthorized);
  }
}

TEST_F(Bridge, WhatComesBackFromARestartGoesOn) {
  introduce();
  w.say(hardware, picture);
  session_world later{w.stored.back()};
  later.machine.on_outcome(answer());
  later.machine.on_final_stored();
  later.join_device(hardware, {});
  EXPECT_EQ(later.types_to(hardware), (types{"joined", "backend_response"}));
  EXPECT_EQ(later.all_to(hardware).find("PLT_secret9"), std::string::npos);
  later.say(hardware, picture);
  EXPECT_EQ(later.stored.back().rounds, 2u);
}

} // namespace
} // namespace mdai::test
