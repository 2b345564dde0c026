#include <gtest/gtest.h>

#include "tests/support/session_world.hpp"

namespace mdai::test {
namespace {

using types = std::vector<std::string>;

TEST(Result, IsJournaledThenDeliveredThenStoredThenTold) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  ASSERT_EQ(w.submissions.size(), 1u);
  EXPECT_EQ(w.submissions[0].image, "aGVsbG8=");
  EXPECT_EQ(w.stored.back().status, session_status::delivering);
  w.machine.on_submitted(true);
  w.machine.on_outcome(success());
  EXPECT_TRUE(w.sent.empty());
  ASSERT_EQ(w.finals.size(), 1u);
  w.machine.on_final_stored();
  EXPECT_EQ(w.all_to(1),
            R"({"type":"verification_result","status":"success","message":"Verification successful",)"
            R"("data":{"success":true,"score":12345678901234567890},"final":true,"platform_id":"PLT_secret9"})");
  EXPECT_EQ(w.all_to(2), R"({"type":"verification_result","status":"success","message":"Verification successful",)"
                         R"("data":{"success":true,"score":12345678901234567890},"final":true})");
  EXPECT_EQ(w.closed.at(1).code, close_code::done);
  EXPECT_EQ(w.closed.at(2).code, close_code::done);
  EXPECT_EQ(w.finals[0].status, session_status::completed);
}

TEST(Result, WhoComesBackGetsTheStoredOneAndGoes) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_gone(1);
  w.machine.on_outcome(success());
  w.machine.on_final_stored();
  w.join_mobile(5);
  EXPECT_EQ(w.types_to(5), (types{"auth_success", "verification_result"}));
  EXPECT_EQ(w.closed.at(5).code, close_code::done);
  w.join_device(6);
  EXPECT_EQ(w.types_to(6), (types{"auth_success", "verification_result"}));
  EXPECT_EQ(w.all_to(6).find("PLT_secret9"), std::string::npos);
  EXPECT_EQ(w.closed.at(6).code, close_code::done);
}

TEST(Result, TooFewPassesEndNothing) {
  session_world w;
  w.seat_both();
  w.say(2, R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":4})");
  EXPECT_TRUE(w.submissions.empty());
  for (auto link : {1, 2}) {
    EXPECT_EQ(w.last_to(link)["reason"], "Insufficient liveness frames");
    EXPECT_EQ(w.last_to(link)["final"], false);
  }
  w.say(2, good_result);
  EXPECT_EQ(w.submissions.size(), 1u);
}

TEST(Result, BadSubmissionsAreAnswered400AndNothingIsStored) {
  const char* bad[] = {
      R"({"type":"submit_result","consecutive_passes":5})",
      R"({"type":"submit_result","image":"","consecutive_passes":5})",
      R"({"type":"submit_result","image":"aGVsbG8","consecutive_passes":5})",
      R"({"type":"submit_result","image":"data:image/png;base64,","consecutive_passes":5})",
      R"({"type":"submit_result","image":7,"consecutive_passes":5})",
      R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":5.0})",
      R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":"5"})",
      R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":true})",
      R"({"type":"submit_result","image":"aGVsbG8="})",
  };
  for (auto text : bad) {
    session_world w;
    w.seat_both();
    w.say(2, text);
    EXPECT_EQ(w.last_to(2)["code"], 400) << text;
    EXPECT_TRUE(w.submissions.empty()) << text;
  }
}

TEST(Result, ADataUrlAndTheAliasPassesAreTaken) {
  session_world w;
  w.seat_both();
  w.say(2, R"({"type":"submit_result","image":"data:image\/png;base64,aGVsbG8=","passes":9})");
  ASSERT_EQ(w.submissions.size(), 1u);
  EXPECT_EQ(w.submissions[0].image, "aGVsbG8=");
  EXPECT_EQ(w.submissions[0].passes, 9);
}

TEST(Result, ItsTopLevelNumbersAreItsScoresByteForByte) {
  session_world w;
  w.seat_both();
  w.say(
      2,
      R"({"type":"submit_result","image":"aGVsbG8=","passes":5,"confidence":0.950,"n":{"deep":1},"s":"1","spoof":1e-3})");
  ASSERT_EQ(w.submissions.size(), 1u);
  EXPECT_EQ(w.submissions[0].scores, R"({"passes":5,"confidence":0.950,"spoof":1e-3})");
}

TEST(Result, ASecondOneInFlightIs409) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.say(2, good_result);
  EXPECT_EQ(w.last_to(2)["code"], 409);
  EXPECT_EQ(w.submissions.size(), 1u);
}

TEST(Result, OneThatCannotBeStoredMayBeSentAgain) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(false);
  EXPECT_EQ(w.last_to(2)["code"], 503);
  w.say(2, good_result);
  EXPECT_EQ(w.submissions.size(), 2u);
}

TEST(Result, PendingIsToldOnceAndToWhoeverComesBack) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_delivery_pending({});
  w.machine.on_delivery_pending({});
  EXPECT_EQ(w.sent.at(1).size(), 1u);
  EXPECT_EQ(w.last_to(1), (nlohmann::json{{"type", "verification_result"},
                                          {"status", "error"},
                                          {"error", "Backend unavailable"},
                                          {"delivery", "pending"},
                                          {"final", false},
                                          {"platform_id", "PLT_secret9"}}));
  EXPECT_FALSE(w.last_to(2).contains("platform_id"));
  w.machine.on_gone(1);
  w.join_mobile(3);
  EXPECT_EQ(w.types_to(3).back(), "verification_result");
}

TEST(Result, TheDeviceCanRelayWhileItsResultIsDelivered) {
  session_world w;
  w.seat_both();
  w.say(2, good_result);
  w.say(2, R"({"type":"to_mobile","data":1})");
  w.say(2, R"({"type":"ping"})");
  EXPECT_EQ(w.types_to(1), types{"to_mobile"});
  EXPECT_EQ(w.types_to(2), types{"pong"});
}

} // namespace
} // namespace mdai::test
