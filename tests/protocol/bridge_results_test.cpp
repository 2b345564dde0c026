#include "tests/protocol/bridge_fixture.hpp"

namespace mdai::test {
namespace {

TEST_F(BridgeResult, AResultIsAnsweredAndTheNextOneHasARoundOfItsOwn) {
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

TEST_F(BridgeResult, WhoJoinsAfterAnAnswerHearsIt) {
  introduce();
  w.say(hardware, picture);
  w.machine.on_submitted(true);
  w.machine.on_gone(hardware);
  w.machine.on_outcome(answer());
  w.machine.on_final_stored();
  join_hardware(12);
  EXPECT_EQ(w.types_to(12), (types{"joined", "backend_response"}));
}

TEST_F(BridgeResult, WhoJoinsWhileTheAnswerIsBeingStoredHearsItOnceAndAfterwards) {
  introduce();
  w.say(hardware, picture);
  w.machine.on_submitted(true);
  w.machine.on_gone(app);
  w.machine.on_outcome(answer());
  join_app(11);
  EXPECT_EQ(w.types_to(11), types{"joined"});
  w.machine.on_final_stored();
  EXPECT_EQ(w.types_to(11), (types{"joined", "backend_response"}));
}

TEST_F(BridgeResult, ADelayIs503Or504AndIsRepeatedToWhoAsksAgain) {
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

TEST_F(BridgeResult, AResultThatIsNotAcceptedIsAnsweredToBoth) {
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

TEST_F(BridgeResult, AnAnswerTooLongForHardwareComesWithoutItsData) {
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

TEST_F(BridgeResult, InCompatTheRealIdPassesAndHardwaresCountsUntilThereIsOne) {
  session_world compat{bridge_record({})};
  compat.join_mobile(app);
  compat.join_device(hardware, {});
  compat.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_from_hw","image":"aGVsbG8="}})");
  EXPECT_EQ(compat.submissions.back().platform_id, "PLT_from_hw");
  EXPECT_EQ(compat.stored.back().platform_id, "") << "that was about one result";
  compat.machine.on_submitted(true);
  compat.machine.on_outcome(answer());
  compat.machine.on_final_stored();
  compat.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_another","image":"aGVsbG8="}})");
  EXPECT_EQ(compat.submissions.back().platform_id, "PLT_another");
  compat.machine.on_submitted(false);
  compat.say(app, introduction);
  compat.machine.on_identified(true, compat.now);
  EXPECT_EQ(compat.sent[hardware].back(), R"({"type":"from_app","data":{"platform_id":"PLT_secret9","n":1}})");
  compat.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_another","image":"aGVsbG8="}})");
  EXPECT_EQ(compat.submissions.back().platform_id, "PLT_secret9");
}

TEST_F(BridgeResult, InStrictWhatHardwareCallsThePersonCountsForNothing) {
  seat_both();
  w.say(hardware, R"({"type":"to_backend","data":{"platform_id":"PLT_from_hw","image":"aGVsbG8="}})");
  EXPECT_TRUE(w.submissions.empty());
  EXPECT_EQ(w.last_to(hardware)["error"], "platform_id not known yet");
}

TEST_F(BridgeResult, WhatComesBackFromARestartGoesOn) {
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
