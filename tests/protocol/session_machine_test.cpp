#include <gtest/gtest.h>

#include "tests/support/session_world.hpp"

namespace mdai::test {
namespace {

using types = std::vector<std::string>;

// -- joining ----------------------------------------------------------------------------------------------------------

TEST(SessionJoin, AMobileIsGreetedWithTheSecondsThatAreLeft) {
  session_world w;
  w.now += milliseconds{500};
  w.join_mobile(1);
  EXPECT_EQ(w.last_to(1), (nlohmann::json{{"type", "auth_success"},
                                          {"session_id", "6922e0540000000000000001"},
                                          {"message", "Connected successfully"},
                                          {"expires_in", 180}}));
  EXPECT_EQ(w.admitted_links, std::vector<link_id>{1});
}

TEST(SessionJoin, ADeviceIsGreetedOnlyWhenItsBindingIsStored) {
  session_world w;
  w.join_device(2);
  EXPECT_TRUE(w.sent.empty());
  w.grant();
  ASSERT_EQ(w.stored.size(), 1u);
  EXPECT_EQ(w.stored[0].device_id, "RDK_001");
  EXPECT_TRUE(w.sent.empty());
  w.bound();
  EXPECT_EQ(w.last_to(2)["type"], "auth_success");
  EXPECT_EQ(w.last_to(2)["device_id"], "RDK_001");
}

TEST(SessionJoin, ADeviceWhoseBindingCannotBeStoredIsRefusedAndTheNextOneMayTry) {
  session_world w;
  w.join_device(2);
  w.grant();
  w.bound(false);
  EXPECT_EQ(w.refusals.at(2).code, close_code::overload);
  EXPECT_EQ(w.releases, types{"RDK_001"});
  w.seat_device(3, "RDK_002");
  EXPECT_EQ(w.last_to(3)["type"], "auth_success");
}

TEST(SessionJoin, BothAreToldWhoeverComesSecond) {
  for (bool mobile_first : {true, false}) {
    session_world w;
    if (mobile_first)
      w.join_mobile(1);
    w.seat_device(2);
    if (!mobile_first)
      w.join_mobile(1);
    EXPECT_EQ(w.types_to(1), (types{"auth_success", "device_connected"}));
    EXPECT_EQ(w.last_to(1)["device_id"], "RDK_001");
    EXPECT_EQ(w.last_to(1)["message"], "Device connected and ready");
    EXPECT_EQ(w.types_to(2), (types{"auth_success", "mobile_connected"}));
  }
}

TEST(SessionJoin, ANewerConnectionReplacesTheOlderOfTheSameParty) {
  session_world w;
  w.seat_both();
  w.join_mobile(3);
  EXPECT_EQ(w.closed.at(1).code, close_code::replaced);
  w.machine.on_gone(1);
  EXPECT_EQ(w.types_to(2), types{"mobile_connected"}); // the older one's end is no news
  w.seat_device(4);
  EXPECT_EQ(w.closed.at(2).code, close_code::replaced);
  w.say(3, R"({"type":"to_device","data":{}})");
  EXPECT_EQ(w.types_to(4).back(), "to_device");
}

TEST(SessionJoin, TheSameDeviceMayComeBackAndIsNotBoundAgain) {
  session_world w;
  w.seat_both();
  w.machine.on_gone(2);
  EXPECT_EQ(w.types_to(1), types{"device_disconnected"});
  w.stored.clear();
  w.seat_device(3);
  EXPECT_TRUE(w.stored.empty());
  EXPECT_EQ(w.types_to(1), (types{"device_disconnected", "device_connected"}));
}

TEST(SessionJoin, AResumedPartyTakesItsSeatWithoutAnyWord) {
  auto record = session_world::record_for("PLT_secret9");
  record.device_id = "RDK_001";
  session_world w;
  session_machine m{record, w, w.policy};
  m.on_join(1, party::mobile, {}, w.now, true);
  m.on_join(2, party::device, "RDK_001", w.now, true);
  EXPECT_EQ(w.claims, types{"RDK_001"}); // the directory knows the session that died
  m.on_claimed(true, w.now);
  EXPECT_TRUE(w.sent.empty());
  EXPECT_TRUE(m.paired());
  m.on_join(9, party::mobile, {}, w.now);
  m.on_join(1, party::mobile, {}, w.now, true); // late: a newer one has the seat
  EXPECT_EQ(w.closed.at(1).code, close_code::replaced);
  EXPECT_FALSE(w.closed.contains(9));
}

TEST(SessionJoin, AResumedDeviceOfASettledSessionGetsItsResult) {
  auto record = session_world::record_for("PLT_secret9");
  record.device_id = "RDK_001";
  record.status = session_status::completed;
  record.final_result = messages::verification_result(success(), record.platform_id);
  session_world w;
  session_machine m{record, w, w.policy};
  m.on_join(2, party::device, "RDK_001", w.now, true);
  EXPECT_EQ(w.types_to(2), types{"verification_result"});
  EXPECT_EQ(w.closed.at(2).code, close_code::done);
}

TEST(SessionJoin, ADeviceThatReconnectsKeepsItsClaimWhicheverSocketEndsFirst) {
  session_world w;
  w.seat_both();
  w.join_device(3); // its older socket is still seated
  w.machine.on_gone(2);
  EXPECT_TRUE(w.releases.empty());
  w.grant();
  EXPECT_EQ(w.admitted_links.back(), 3u);
  w.join_device(4);
  w.machine.on_gone(4); // gave up while its claim was under way
  w.grant();
  EXPECT_TRUE(w.releases.empty());
  EXPECT_TRUE(w.machine.paired());
}

// -- multi-scan -------------------------------------------------------------------------------------------------------

TEST(MultiScan, AnotherDeviceIsRefusedTheMobileIsToldAndThePairingGoesOn) {
  session_world w;
  w.seat_both();
  w.join_device(3, "RDK_002");
  EXPECT_EQ(w.refusals.at(3).code, close_code::multi_scan);
  EXPECT_EQ(w.refusals.at(3).reason, messages::multi_scan);
  EXPECT_EQ(w.last_to(1), (nlohmann::json{{"type", "error"}, {"error", messages::multi_scan}, {"code", 4409}}));
  EXPECT_TRUE(w.stored.back().multi_scan_detected);
  EXPECT_EQ(w.scans.back().outcome, scan_outcome::multi_scan);
  w.say(1, R"({"type":"to_device","data":{}})");
  EXPECT_EQ(w.last_to(2)["type"], "to_device");
}

TEST(MultiScan, UnderBlockTheWholeSessionEnds) {
  session_policy p;
  p.block_on_multi_scan = true;
  session_world w{"PLT_secret9", p};
  w.seat_both();
  w.join_device(3, "RDK_002");
  EXPECT_EQ(w.stored.back().status, session_status::blocked);
  EXPECT_TRUE(w.closed.empty()); // not before it is on the disk
  w.machine.on_blocked();
  EXPECT_EQ(w.closed.at(1).code, close_code::multi_scan);
  EXPECT_EQ(w.closed.at(2).code, close_code::multi_scan);
  EXPECT_EQ(w.releases, types{"RDK_001"});
  w.join_mobile(4);
  EXPECT_EQ(w.refusals.at(4).code, close_code::multi_scan);
}

TEST(MultiScan, OfManyDevicesAtOnceExactlyOneWins) {
  session_world w;
  for (link_id link = 10; link < 16; ++link)
    w.join_device(link, "RDK_" + std::to_string(link));
  EXPECT_EQ(w.claims.size(), 1u); // one at a time
  w.grant();
  w.bound();
  EXPECT_EQ(w.admitted_links, std::vector<link_id>{10});
  EXPECT_EQ(w.refusals.size(), 5u);
  for (auto& [link, refusal] : w.refusals)
    EXPECT_EQ(refusal.code, close_code::multi_scan);
}

TEST(MultiScan, ADeviceThatIsBusyElsewhereLeavesTheSessionUnmarkedAndFree) {
  session_world w;
  w.join_device(2, "RDK_001");
  w.join_device(3, "RDK_002");
  w.machine.on_claimed(false, w.now);
  EXPECT_EQ(w.refusals.at(2).reason, messages::device_busy);
  EXPECT_FALSE(w.machine.record().multi_scan_detected);
  EXPECT_EQ(w.claims.back(), "RDK_002");
}

TEST(DeviceProbe, AnAliveDeviceStays) {
  session_world w;
  w.seat_both();
  w.machine.on_probe();
  EXPECT_EQ(w.pings, std::vector<link_id>{2});
  w.machine.on_pong(2);
  EXPECT_EQ(w.probe_answers, std::vector<bool>{true});
  w.machine.on_no_pong(2); // the timer that was armed finds nothing to do
  EXPECT_TRUE(w.machine.paired());
}

TEST(DeviceProbe, ADeviceWhoseBindingIsBeingStoredIsAlive) {
  session_world w;
  w.join_device(2);
  w.grant();
  EXPECT_TRUE(w.machine.has_device("RDK_001"));
  EXPECT_FALSE(w.machine.has_device("RDK_002"));
  w.machine.on_probe();
  EXPECT_EQ(w.probe_answers, std::vector<bool>{true});
}

TEST(DeviceProbe, ASilentDeviceIsLetGoWithItsBinding) {
  session_world w;
  w.seat_both();
  w.machine.on_probe();
  w.machine.on_no_pong(2);
  EXPECT_EQ(w.probe_answers, std::vector<bool>{false});
  EXPECT_EQ(w.types_to(1), types{"device_disconnected"});
  EXPECT_TRUE(w.stored.back().device_id.empty());
}

TEST(DeviceProbe, ADeviceThatIsNotConnectedIsFree) {
  session_world w;
  w.seat_both();
  w.machine.on_gone(2);
  w.machine.on_probe();
  EXPECT_EQ(w.probe_answers, std::vector<bool>{false});
}

// -- messages ---------------------------------------------------------------------------------------------------------

TEST(Relay, PassesBytesExactlyBothWays) {
  session_world w;
  w.seat_both();
  auto down = R"({ "type":"to_device", "data":{"n":12345678901234567890,"f":1.10,"s":"caf\u00e9"}, "x":[1, 2] })";
  auto up = R"({"data":{"e":1e400,"k":1,"k":2},"type":"to_mobile"})";
  w.say(1, down);
  w.say(2, up);
  EXPECT_EQ(w.all_to(2), down);
  EXPECT_EQ(w.all_to(1), up);
}

TEST(Relay, ToAnAbsentPeerAnswers404) {
  session_world w;
  w.join_mobile(1);
  w.say(1, R"({"type":"to_device","data":{}})");
  EXPECT_EQ(w.last_to(1), (nlohmann::json{{"type", "error"}, {"error", "Device not connected"}, {"code", 404}}));
  session_world v;
  v.seat_device(2);
  v.say(2, R"({"type":"to_mobile","data":{}})");
  EXPECT_EQ(v.last_to(2), (nlohmann::json{{"type", "error"}, {"error", "Mobile not connected"}, {"code", 404}}));
}

TEST(Relay, AMessageOfTheOtherPartyIsUnknown) {
  session_world w;
  w.seat_both();
  for (auto type : {"to_mobile", "progress", "submit_result", "device_connected", "bogus", ""})
    w.say(1, nlohmann::json{{"type", type}, {"data", 1}}.dump());
  w.say(2, R"({"type":"to_device","data":{}})");
  EXPECT_EQ(w.sent.at(1).size(), 6u);
  EXPECT_EQ(w.sent.at(2).size(), 1u);
  for (auto link : {1, 2})
    EXPECT_EQ(w.last_to(link), (nlohmann::json{{"type", "error"}, {"error", "Unknown message type"}, {"code", 400}}));
}

TEST(Relay, PingsAreAnsweredWithTheirFieldsAndPongsTaken) {
  session_world w;
  w.seat_both();
  w.say(1, R"({"type":"ping","id":7,"n":12345678901234567890})");
  EXPECT_EQ(w.all_to(1), R"({"type":"pong","id":7,"n":12345678901234567890})");
  w.say(2, R"({"type":"pong"})");
  EXPECT_TRUE(w.all_to(2).empty());
}

TEST(Relay, ProgressIsClampedAndNothingElseOfItChanges) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type":"progress","value":50,"x":1.0})", R"({"type":"progress","value":50,"x":1.0})"},
      {R"({"type":"progress","value":150.5})", R"({"type":"progress","value":100})"},
      {R"({"type":"progress","value":-3})", R"({"type":"progress","value":0})"},
      {R"({"type":"progress","value":1e999})", R"({"type":"progress","value":100})"},
      {R"({"value":33.3,"type":"progress"})", R"({"value":33.3,"type":"progress"})"},
  };
  for (auto& [in, out] : cases) {
    session_world w;
    w.seat_both();
    w.say(2, in);
    EXPECT_EQ(w.all_to(1), out);
  }
  session_world w;
  w.seat_both();
  w.say(2, R"({"type":"progress","value":"50"})");
  EXPECT_EQ(w.last_to(2)["code"], 400);
}

TEST(BadMessages, TenInARowCloseTheConnectionAndTheOtherIsTold) {
  session_world w;
  w.seat_both();
  for (int i = 0; i < 9; ++i)
    w.say(1, "not json");
  EXPECT_FALSE(w.closed.contains(1));
  w.say(1, R"({"type":"ping"})"); // a good one starts the count anew
  for (int i = 0; i < 9; ++i)
    w.machine.on_binary(1);
  EXPECT_FALSE(w.closed.contains(1));
  w.say(1, "[]");
  EXPECT_EQ(w.closed.at(1).code, close_code::policy);
  EXPECT_EQ(w.types_to(2), types{"mobile_disconnected"});
}

TEST(BadMessages, EachIsAnsweredWith400) {
  const char* bad[] = {"", "null", "[1]", "{", R"({"type":1})", R"({"data":{}})", "{\"type\":\"ping\"} x"};
  for (auto text : bad) {
    session_world w;
    w.seat_both();
    w.say(2, text);
    EXPECT_EQ(w.last_to(2)["code"], 400) << text;
  }
}

// -- privacy ----------------------------------------------------------------------------------------------------------

TEST(Privacy, NothingThatReachesADeviceHasThePlatformId) {
  session_world w;
  w.seat_both();
  w.say(1, R"({"type":"to_device","platform_id":"PLT_secret9","data":{"platform_id":"x","s":"PLT_secret9"}})");
  w.say(2, R"({"type":"ping","guess":"PLT_secret9","platform_id":1})"); // not even its own guess comes back
  w.say(2, good_result);
  w.machine.on_submitted(true);
  w.machine.on_delivery_pending({});
  w.machine.on_outcome(
      {false, "PLT_secret9 is unknown", R"({"platform_id":"PLT_secret9","n":{"who":"aPLT_secret9"}})"});
  w.machine.on_final_stored();
  EXPECT_EQ(w.all_to(2).find("PLT_secret9"), std::string::npos);
  EXPECT_EQ(w.all_to(2).find("platform_id"), std::string::npos);
  EXPECT_NE(w.all_to(1).find("PLT_secret9"), std::string::npos);
}

TEST(Privacy, ADeviceNamedLikeThePersonHearsAMaskedName) {
  session_world w;
  w.seat_device(2, "PLT_secret9");
  EXPECT_EQ(w.last_to(2)["device_id"], "***********");
}

// -- the end ----------------------------------------------------------------------------------------------------------

TEST(Expiry, ToldToBothThenClosed4401AndNobodyComesBack) {
  session_world w;
  w.seat_both();
  w.join_device(3, "RDK_001");
  w.machine.on_expire();
  for (auto link : {1, 2}) {
    EXPECT_EQ(w.last_to(link), (nlohmann::json{{"type", "session_expired"}, {"message", "Session expired"}}));
    EXPECT_EQ(w.closed.at(link).code, close_code::unauthorized);
  }
  EXPECT_EQ(w.refusals.at(3).reason, messages::session_is_expired);
  w.join_mobile(4);
  EXPECT_EQ(w.refusals.at(4).reason, messages::session_is_expired);
}

TEST(Expiry, ABindingThatEndsTooLateSeatsNobody) {
  session_world w;
  w.join_device(2);
  w.grant();
  w.machine.on_expire();
  w.bound();
  EXPECT_TRUE(w.admitted_links.empty());
  EXPECT_EQ(w.refusals.at(2).code, close_code::unauthorized);
}

TEST(Reauthentication, AGoodAuthMessageIsAnsweredABadOneEndsTheConnection) {
  session_world w;
  w.seat_both();
  w.say(2, R"({"type":"auth","bearer_token":"x","device_id":"RDK_001"})");
  EXPECT_EQ(w.types_to(2), types{"auth_success"});
  w.recheck_answer = session_port::refusal{messages::invalid_token, close_code::unauthorized};
  w.say(2, R"({"type":"auth","bearer_token":"y"})");
  EXPECT_EQ(w.refusals.at(2).code, close_code::unauthorized);
  EXPECT_EQ(w.types_to(1), types{"device_disconnected"});
}

} // namespace
} // namespace mdai::test
