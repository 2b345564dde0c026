#include "tests/protocol/bridge_fixture.hpp"

namespace mdai::test {
namespace {

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

TEST_F(Bridge, WhoHasAnsweredKeepsItsSeatWhenThePingsTimeIsOver) {
  seat_both();
  join_hardware(12);
  w.machine.on_pong(hardware);
  w.machine.on_no_pong(hardware); // the ping's two seconds are over all the same
  join_app(11);
  w.machine.on_gone(11); // nobody wants that seat any more
  w.machine.on_no_pong(app);
  EXPECT_TRUE(w.closed.empty());
  EXPECT_TRUE(w.machine.paired());
}

// The session died while one sat and others waited; they come back in any order.
TEST_F(Bridge, WhoSatBeforeTheSessionDiedHasItsSeatBack) {
  for (link_id holder : {hardware, link_id{20}}) {
    session_world later{bridge_record()};
    later.join_device(12, {});
    later.join_device(13, {});
    later.machine.on_join(holder, party::device, {}, later.now, true);
    EXPECT_EQ(later.closed.at(12).code, close_code::replaced);
    EXPECT_FALSE(later.closed.contains(holder));
    EXPECT_TRUE(later.all_to(holder).empty()) << "it does not know";
    EXPECT_EQ(later.pings, (std::vector<link_id>{12, holder}));
    later.machine.on_no_pong(12);
    later.machine.on_pong(holder);
    EXPECT_EQ(later.refusals.at(13).code, close_code::multi_scan);
    EXPECT_TRUE(later.machine.connected(party::device));
  }
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

TEST_F(Bridge, AResultBehindAPersonWhoCouldNotBeStoredDecidesOfThem) {
  for (bool result_stored : {false, true}) {
    session_world fresh{bridge_record()};
    fresh.join_mobile(app);
    fresh.join_device(hardware, {});
    fresh.say(app, introduction);
    fresh.say(hardware, picture);
    EXPECT_EQ(fresh.submissions.at(0).platform_id, "PLT_secret9");
    fresh.machine.on_identified(false, fresh.now);
    EXPECT_EQ(fresh.machine.record().platform_id, "PLT_secret9") << "a result is on its way in this name";
    fresh.machine.on_submitted(result_stored);
    EXPECT_EQ(fresh.machine.record().platform_id, result_stored ? "PLT_secret9" : "");
    if (result_stored)
      continue;
    EXPECT_EQ(fresh.stored.back().platform_id, "");
    fresh.sent.clear();
    fresh.say(app, introduction);
    EXPECT_TRUE(fresh.all_to(hardware).empty()) << "it is stored first";
    fresh.machine.on_identified(true, fresh.now);
    EXPECT_EQ(fresh.last_to(hardware)["data"]["platform_id"], alias);
  }
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

TEST_F(Bridge, WhoWasNamedBeforeStaysHidden) {
  introduce();
  auto name = [&](const std::string& id) {
    w.say(app, R"({"type":"to_hardware","data":{"platform_id":")" + id + "\"}}");
    w.machine.on_identified(true, w.now);
  };
  name("PLT_another");
  EXPECT_EQ(w.stored.back().earlier_ids, std::vector<std::string>{"PLT_secret9"});
  w.say(app, R"({"type":"to_hardware","data":"after PLT_secret9 comes PLT_another"})");
  EXPECT_EQ(w.last_to(hardware)["data"], std::string{"after "} + alias + " comes " + alias);
  name("PLT_secret9"); // again
  name("PLT_another");
  EXPECT_EQ(w.stored.back().earlier_ids, (std::vector<std::string>{"PLT_secret9", "PLT_another"}));
  // No longer than anybody needs.
  for (int i = 0; i < 50; ++i)
    name("PLT_" + std::to_string(1000 + i));
  EXPECT_EQ(w.stored.back().earlier_ids.size(), 32u);
  EXPECT_EQ(w.stored.back().earlier_ids.back(), "PLT_1048");
  name(std::string(600, 'x'));
  name("PLT_last");
  EXPECT_EQ(w.stored.back().earlier_ids.back(), "PLT_1049");
}

TEST_F(Bridge, AnAppThatFloodsBeforeThatIsClosed) {
  seat_both();
  w.say(app, introduction);
  for (int i = 0; i < 256; ++i)
    w.say(app, R"({"type":"pong"})");
  EXPECT_FALSE(w.closed.contains(app));
  w.say(app, R"({"type":"pong"})");
  EXPECT_EQ(w.closed.at(app).code, close_code::overload);
  session_world large{bridge_record()};
  large.join_mobile(app);
  large.say(app, introduction);
  for (int i = 0; i < 3; ++i)
    large.say(app, R"({"type":"pong","x":")" + std::string(1'000'000, 'x') + R"("})");
  EXPECT_EQ(large.closed.at(app).code, close_code::overload);
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

TEST_F(Bridge, IsNobodysByItsId) {
  w.machine.on_own("PLT_secret9", true);
  EXPECT_EQ(w.owner_answers, std::vector<std::string>{"not_found"});
  introduce();
  w.machine.on_own("PLT_secret9", true);
  EXPECT_EQ(w.owner_answers.back(), "not_found");
  EXPECT_FALSE(w.machine.record().hybrid);
}

TEST_F(Bridge, HearsInItsOwnWordsThatTheOperatorEndedIt) {
  seat_both();
  w.machine.on_end();
  w.machine.on_ended();
  for (auto link : {app, hardware}) {
    EXPECT_EQ(w.last_to(link)["type"], "error");
    EXPECT_EQ(w.last_to(link)["error"], "Session ended by the operator");
    EXPECT_EQ(w.closed.at(link).code, close_code::unauthorized);
  }
}

TEST_F(Bridge, AtItsEndBothAreTold) {
  seat_both();
  w.machine.on_expire();
  for (auto link : {app, hardware}) {
    EXPECT_EQ(w.all_to(link), R"({"type":"error","error":"Session expired","code":4401,"message":"Session expired"})");
    EXPECT_EQ(w.closed.at(link).code, close_code::unauthorized);
  }
}

} // namespace
} // namespace mdai::test
