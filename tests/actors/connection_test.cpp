#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

class Connection : public actor_test {
protected:
  std::string auth(party who) const {
    nlohmann::json message{{"type", "auth"}, {"bearer_token", w.token(r, who)}, {"session_id", r.id.hex()}};
    if (who == party::device)
      message["device_id"] = "RDK_001";
    return message.dump();
  }
  socket_ptr open(party who) {
    upgrade_claims claims;
    claims.who = who;
    return w.open(std::move(claims));
  }
};

TEST_F(Connection, WithoutAnAuthMessageIsClosedExactlyAtTheLimit) {
  auto s = open(party::mobile);
  w.advance(10s - 1ns);
  EXPECT_TRUE(s->open());
  w.advance(1ns);
  EXPECT_EQ(s->closed, close_code::auth_timeout);
  EXPECT_TRUE(s->sent.empty());
}

TEST_F(Connection, ThatIsAuthenticatedInTimeOutlivesTheLimit) {
  r = w.create();
  auto s = open(party::mobile);
  w.advance(10s - 1ms);
  s->say(auth(party::mobile));
  w.advance(1min);
  EXPECT_TRUE(s->open());
  EXPECT_EQ(s->types(), types{"auth_success"});
}

TEST_F(Connection, ThatBeginsWithAnythingButAuthIsClosed4400) {
  for (auto text : {"", "hello", "[]", R"({"type":"ping"})", R"({"type":1})"}) {
    auto s = open(party::device);
    s->say(text);
    w.run();
    EXPECT_EQ(s->closed, close_code::bad_first_message) << text;
    EXPECT_TRUE(s->sent.empty()) << text;
  }
  auto s = open(party::device);
  s->say_binary("0123456789");
  w.run();
  EXPECT_EQ(s->closed, close_code::bad_first_message);
}

TEST_F(Connection, IsRefusedInTheWordsOfTheContract) {
  r = w.create();
  auto other = w.create();
  auto gone = r;
  gone.id = object_id::make(w.wall());
  auto json = [](nlohmann::json j) { return j.dump(); };
  struct refusal {
    party who;
    std::string message, error;
    close_code code;
  };
  const refusal cases[] = {
      {party::mobile, R"({"type":"auth"})", "Missing token or device_id", close_code::unauthorized},
      {party::mobile, R"({"type":"auth","bearer_token":"x.y.z"})", "Invalid or expired token",
       close_code::unauthorized},
      {party::device, json({{"type", "auth"}, {"bearer_token", w.token(r, party::device)}}),
       "Missing token or device_id", close_code::unauthorized},
      {party::device, json({{"type", "auth"}, {"bearer_token", w.token(r, party::mobile)}, {"device_id", "RDK_1"}}),
       "This token is not valid here", close_code::forbidden},
      {party::mobile,
       json({{"type", "auth"}, {"bearer_token", w.token(r, party::mobile)}, {"session_id", other.id.hex()}}),
       "Invalid or expired token", close_code::unauthorized},
      {party::mobile, json({{"type", "auth"}, {"bearer_token", w.token(gone, party::mobile)}}), "Session not found",
       close_code::unknown_session},
  };
  for (auto& c : cases) {
    auto s = open(c.who);
    s->say(c.message);
    w.run();
    EXPECT_EQ(s->last(), (nlohmann::json{{"type", "auth_failed"}, {"error", c.error}})) << c.message;
    EXPECT_EQ(s->closed, c.code) << c.message;
  }
}

TEST_F(Connection, KeepsWhatIsSaidBeforeTheAnswerAndInItsOrder) {
  r = w.create();
  for (bool token_in_query : {true, false}) {
    auto s = token_in_query ? w.connect_device(r) : open(party::device);
    if (!token_in_query)
      s->say(auth(party::device));
    for (int i = 1; i <= 3; ++i)
      s->say(R"({"type":"ping","n":)" + std::to_string(i) + "}");
    w.run();
    ASSERT_EQ(s->types(), (types{"auth_success", "pong", "pong", "pong"})) << token_in_query;
    for (std::size_t i = 1; i <= 3; ++i)
      EXPECT_EQ(nlohmann::json::parse(s->sent[i])["n"], i);
    EXPECT_EQ(s->unconsumed, 0u);
    s->drop();
    w.run();
  }
}

TEST_F(Connection, AnAuthMessageBehindATokenInTheUpgradeIsAnswered) {
  r = w.create();
  auto s = w.connect_mobile(r);
  s->say(auth(party::mobile));
  w.run();
  EXPECT_EQ(s->types(), (types{"auth_success", "auth_success"}));
  auto bad = w.connect_mobile(r);
  bad->say(R"({"type":"auth","bearer_token":"x.y.z"})");
  w.run();
  EXPECT_EQ(bad->types(), (types{"auth_success", "auth_failed"}));
  EXPECT_EQ(bad->closed, close_code::unauthorized);
}

TEST_F(Connection, MaySay16KiBBeforeItsAnswerAndNotAByteMore) {
  r = w.create();
  auto limit = w.env.now()->settings.limits.unauthenticated_bytes;
  auto first = auth(party::mobile);
  for (std::size_t excess : {0u, 1u}) {
    auto s = open(party::mobile);
    s->say(first);
    auto ping = std::string{R"({"type":"ping"})"};
    s->say(ping + std::string(limit - first.size() - ping.size() + excess, ' '));
    w.run();
    EXPECT_EQ(s->closed, excess ? std::optional{close_code::too_big} : std::nullopt);
    s->drop();
    w.run();
  }
}

TEST_F(Connection, LiftsItsMessageLimitWithAuthentication) {
  r = w.create();
  auto& limits = w.env.now()->settings.limits;
  auto phone = open(party::mobile);
  w.run();
  EXPECT_EQ(phone->message_limit, 0u);
  phone->say(auth(party::mobile));
  auto kiosk = w.connect_device(r);
  w.run();
  EXPECT_EQ(phone->message_limit, limits.max_message_bytes);
  EXPECT_EQ(kiosk->message_limit, limits.device_max_message_bytes);
}

TEST_F(Connection, ThatTalksTooFastHears429AndThenIsClosed4429) {
  seat_both();
  auto& limits = w.env.now()->settings.limits;
  for (unsigned i = 0; i < limits.message_burst; ++i)
    mobile->say(R"({"type":"ping"})");
  w.run();
  EXPECT_EQ(mobile->types(), types(limits.message_burst, "pong"));
  mobile->say(R"({"type":"ping"})");
  w.run();
  EXPECT_EQ(mobile->last()["code"], 429);
  w.advance(1000ms / limits.messages_per_second); // room for one more
  mobile->say(R"({"type":"ping"})");
  w.run();
  EXPECT_EQ(mobile->last()["type"], "pong");
  for (unsigned i = 0; i < limits.message_burst && mobile->open(); ++i) {
    mobile->say(R"({"type":"ping"})");
    w.run();
  }
  EXPECT_EQ(mobile->closed, close_code::rate_limited);
  EXPECT_EQ(mobile->unconsumed, 0u);
  EXPECT_EQ(device->types(), types{"mobile_disconnected"});
}

TEST_F(Connection, ObeysOtherLimitsAtOnceWhenTheyAreReloaded) {
  seat_both();
  auto stricter = test_settings();
  stricter.limits.message_burst = 2;
  stricter.limits.max_message_bytes = 1000;
  w.reload(stricter);
  w.run();
  EXPECT_EQ(mobile->message_limit, 1000u);
  for (int i = 0; i < 3; ++i)
    mobile->say(R"({"type":"ping"})");
  w.run();
  EXPECT_EQ(mobile->types(), (types{"pong", "pong", "error"}));
}

TEST_F(Connection, WithAGoodTokenInItsUpgradeMaySayMoreThanAStrangerAtOnce) {
  r = w.create();
  auto s = w.connect_device(r);
  s->say(R"({"type":"ping"})" + std::string(100'000, ' '));
  w.run();
  EXPECT_EQ(s->types(), (types{"auth_success", "pong"}));
  auto stranger = r;
  stranger.id = {};
  upgrade_claims claims;
  claims.query_token = "x.y.z";
  auto bad = w.open(std::move(claims));
  bad->say(R"({"type":"ping"})" + std::string(100'000, ' '));
  w.run();
  EXPECT_EQ(bad->closed, close_code::too_big);
}

TEST_F(Connection, CountsPingsAsWhatTheyCost) {
  auto stranger = open(party::mobile);
  for (int i = 0; i < 124; ++i)
    stranger->ping_us(125);
  EXPECT_TRUE(stranger->open()); // 124 times 131 bytes
  for (int i = 0; i < 2; ++i)
    stranger->ping_us(125);
  EXPECT_EQ(stranger->closed, close_code::too_big);
  seat_both();
  for (unsigned i = 0; i <= w.env.now()->settings.limits.message_burst; ++i)
    mobile->ping_us(0);
  w.run();
  EXPECT_EQ(mobile->last()["code"], 429);
}

TEST_F(Connection, ThatBeginsToCloseIsGoneForTheOtherAtOnce) {
  seat_both();
  auto& limits = w.env.now()->settings.limits;
  for (unsigned i = 0; i < 3 * limits.message_burst && mobile->open(); ++i)
    mobile->say(R"({"type":"ping"})");
  w.run();
  EXPECT_EQ(mobile->closed, close_code::rate_limited);
  device->say(R"({"type":"to_mobile","data":1})");
  w.run();
  EXPECT_EQ(device->types(), (types{"mobile_disconnected", "error"}));
}

TEST_F(Connection, ToASessionThatIsOverIsToldSoAsLongAsItIsRemembered) {
  r = w.create();
  w.advance(200s);
  auto s = open(party::mobile);
  token_claims claims;
  claims.session_id = r.id;
  claims.role = "mobile";
  claims.expires_at = unix_seconds(w.wall()) + 60;
  auto token = w.env.now()->tokens.mint(claims);
  s->say(nlohmann::json{{"type", "auth"}, {"bearer_token", token}}.dump());
  w.run();
  EXPECT_EQ(s->last()["error"], "Session expired");
  EXPECT_EQ(s->closed, close_code::unauthorized);
  w.advance(w.env.now()->settings.session.retention);
  claims.expires_at = unix_seconds(w.wall()) + 60;
  auto late = open(party::mobile);
  late->say(nlohmann::json{{"type", "auth"}, {"bearer_token", w.env.now()->tokens.mint(claims)}}.dump());
  w.run();
  EXPECT_EQ(late->closed, close_code::unknown_session);
}

TEST_F(Connection, WhoseActorDiesByAccidentIsClosed) {
  auto s = open(party::mobile);
  s->throw_once = true; // as only a bug would, in the words of the refusal
  s->say(R"({"type":"auth"})");
  w.run();
  EXPECT_EQ(s->closed, close_code::overload);
  EXPECT_TRUE(w.env.connections[0].all().empty());
}

TEST_F(Connection, ThatStaysUnderItsRateIsNeverRefused) {
  seat_both();
  auto rate = w.env.now()->settings.limits.messages_per_second;
  for (unsigned i = 0; i < 10 * rate; ++i) {
    mobile->say(R"({"type":"pong"})");
    w.advance(std::chrono::nanoseconds{1s} / rate);
  }
  EXPECT_TRUE(mobile->sent.empty());
}

TEST_F(Connection, IsToldToGoAwayByTheDrain) {
  r = w.create();
  auto waiting = open(party::mobile);
  auto seated = w.connect_mobile(r);
  w.run();
  EXPECT_EQ(w.env.connections[0].all().size(), 2u);
  for (auto& [id, connection] : w.env.connections[0].all())
    caf::anon_send(connection, go_away{});
  w.run();
  EXPECT_EQ(waiting->closed, close_code::going_away);
  EXPECT_EQ(seated->closed, close_code::going_away);
  EXPECT_TRUE(w.env.connections[0].all().empty());
}

TEST_F(Connection, IsOverloadNotUnknownWhenTheJournalDoesNotAnswer) {
  r = w.create();
  w.journal->fail_commits(true);
  auto s = w.connect_device(r);
  w.run();
  EXPECT_EQ(s->last()["error"], messages::unavailable);
  EXPECT_EQ(s->closed, close_code::overload);
}

} // namespace
} // namespace mdai::test
