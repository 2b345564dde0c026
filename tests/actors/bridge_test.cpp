#include <nlohmann/json.hpp>

#include "actors/api.hpp"
#include "actors/session_tokens.hpp"
#include "tests/support/actor_fixture.hpp"

/// The older bridge as actors: from POST /auth over both sockets to the platform, through deaths of sessions and of the
/// process.
namespace mdai::test {
namespace {

constexpr auto introduction = R"({"type":"to_hardware","data":{"platform_id":"PLT_secret9"}})";
constexpr auto picture = R"({"type":"to_backend","data":{"image_base64":"aGVsbG8="}})";

settings bridge_settings() {
  auto s = test_settings();
  s.bridge.hardware_api_keys = {"key-one", "", "key-two"};
  return s;
}

class BridgeActors : public ::testing::Test {
protected:
  std::optional<transport::http_response> post_auth(std::string body) {
    auto request = std::make_shared<transport::http_request>();
    request->method = "POST";
    request->path = "/auth";
    request->request_id = "rid-1";
    request->body = std::move(body);
    auto out = std::make_shared<std::optional<transport::http_response>>();
    transport::http_responder responder{[out](transport::http_response answer) { *out = std::move(answer); }};
    caf::anon_send(w.env.apis[0],
                   http_exchange{request, std::make_shared<const transport::http_responder>(std::move(responder)),
                                 api_state::bridge_route});
    w.run();
    return *out;
  }
  std::string fresh_token() { return nlohmann::json::parse(post_auth(R"({"api_key":"key-two"})")->body).at("token"); }
  static socket_ptr connect(actor_world& world, party who, const std::string& token) {
    upgrade_claims claims;
    claims.who = who;
    claims.speaks = dialect_id::bridge;
    if (!token.empty())
      claims.query_token = token;
    auto socket = world.open(std::move(claims));
    world.run();
    return socket;
  }
  void seat_both() {
    token = fresh_token();
    app = connect(w, party::mobile, token);
    hardware = connect(w, party::device, token);
    ASSERT_EQ(app->types(), (types{"joined", "status"}));
    ASSERT_EQ(hardware->types(), types{"joined"});
    app->sent.clear();
    hardware->sent.clear();
  }
  void introduce() {
    seat_both();
    app->say(introduction);
    w.run();
    hardware->sent.clear();
  }
  object_id id() const { return w.env.now()->tokens.verify(token, w.wall())->session_id; }

  actor_world w{bridge_settings()};
  std::string token;
  socket_ptr app, hardware;
};

TEST_F(BridgeActors, AKeyGetsATokenThatIsThePair) {
  auto got = post_auth(R"({"api_key":"key-one"})");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200u);
  EXPECT_EQ(got->headers.get("Cache-Control"), "no-store");
  auto body = nlohmann::json::parse(got->body);
  EXPECT_EQ(body.at("expires_in"), 180);
  auto claims = w.env.now()->tokens.verify(body.at("token").get<std::string>(), w.wall());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->role, bridge_role);
  EXPECT_EQ(claims->jti, claims->session_id.hex());
  auto record = w.look(claims->session_id);
  EXPECT_EQ(record.dialect, dialect_id::bridge);
  EXPECT_EQ(record.alias.size(), 20u);
  EXPECT_EQ(w.stored(record), record);
}

TEST_F(BridgeActors, OnlyAKeyGetsOne) {
  for (auto body :
       {R"({"api_key":""})", R"({"api_key":"key-on"})", R"({"api_key":["key-one"]})", R"({})", R"(["key-one"])", "5"})
    EXPECT_EQ(post_auth(body)->status, 401u) << body;
  for (auto body : {"", "api_key=key-one", R"({"api_key":"key-one")"})
    EXPECT_EQ(post_auth(body)->status, 415u) << body;
  w.journal->fail_commits(true);
  EXPECT_EQ(post_auth(R"({"api_key":"key-one"})")->status, 503u);
}

TEST_F(BridgeActors, TokensOpenTheirOwnPathsOnly) {
  auto r = w.create();
  for (auto who : {party::mobile, party::device}) {
    EXPECT_EQ(connect(w, who, w.token(r, who))->closed, close_code::forbidden);
    EXPECT_EQ(connect(w, who, "")->closed, close_code::unauthorized);
    EXPECT_EQ(connect(w, who, "nonsense")->last()["error"], "Invalid or expired token");
    upgrade_claims claims;
    claims.who = who;
    claims.query_token = fresh_token();
    claims.device_id = "RDK_001";
    auto socket = w.open(std::move(claims));
    w.run();
    EXPECT_EQ(socket->closed, close_code::forbidden);
    EXPECT_EQ(socket->types(), types{"auth_failed"});
  }
}

TEST_F(BridgeActors, BothArePingedEveryTwentyFiveSecondsUntilTheyLeave) {
  seat_both();
  w.advance(25s - 1ms);
  EXPECT_TRUE(app->sent.empty());
  w.advance(1ms);
  EXPECT_EQ(app->sent, types{R"({"type":"ping"})"});
  w.advance(50s);
  EXPECT_EQ(hardware->sent, (types{R"({"type":"ping"})", R"({"type":"ping"})", R"({"type":"ping"})"}));
  hardware->drop();
  w.advance(25s);
  EXPECT_EQ(hardware->sent.size(), 3u);
}

TEST_F(BridgeActors, EndsExactlyAtItsDeadline) {
  seat_both();
  auto r = w.look(id());
  w.advance(r.expires_at - w.wall() - 1ms);
  EXPECT_FALSE(app->closed || hardware->closed);
  w.advance(1ms);
  for (auto& s : {app, hardware}) {
    EXPECT_EQ(s->last()["error"], "Session expired");
    EXPECT_EQ(s->closed, close_code::unauthorized);
  }
  auto late = connect(w, party::device, token);
  EXPECT_EQ(late->last()["error"], "Invalid or expired token");
  EXPECT_EQ(late->closed, close_code::unauthorized);
}

TEST_F(BridgeActors, TwoSeatsMayBeContestedAtOnce) {
  seat_both();
  auto second_app = connect(w, party::mobile, token);
  w.advance(1s);
  auto second_hardware = connect(w, party::device, token);
  EXPECT_EQ(app->pings, 1u);
  EXPECT_EQ(hardware->pings, 1u);
  hardware->pong();
  w.run();
  EXPECT_EQ(second_hardware->closed, close_code::multi_scan);
  EXPECT_TRUE(second_hardware->sent.empty()); // no error for hardware
  w.advance(1s);                              // two seconds without a pong from the app
  EXPECT_EQ(app->closed, close_code::replaced);
  EXPECT_EQ(second_app->types().front(), "joined");
}

TEST_F(BridgeActors, AnOldPingsSilenceIsNotHeldAgainstALaterOne) {
  seat_both();
  auto second = connect(w, party::mobile, token);
  app->pong();
  w.advance(1s);
  EXPECT_EQ(second->closed, close_code::multi_scan);
  EXPECT_EQ(second->last()["code"], 4409);
  auto third = connect(w, party::mobile, token);
  w.advance(1500ms); // the first ping's two seconds are over, the second one's are not
  EXPECT_FALSE(app->closed);
  app->pong();
  w.run();
  EXPECT_EQ(third->closed, close_code::multi_scan);
}

TEST_F(BridgeActors, WhoHasRefusedARivalStaysForGood) {
  seat_both();
  for (auto [holder, who] : {std::pair{app, party::mobile}, std::pair{hardware, party::device}}) {
    auto rival = connect(w, who, token);
    holder->pong();
    w.run();
    EXPECT_EQ(rival->closed, close_code::multi_scan);
    connect(w, who, token)->drop(); // and this one does not wait
    w.advance(10s);
    EXPECT_TRUE(holder->open());
  }
}

TEST_F(BridgeActors, HardwareHearsOfThePersonOnlyWhenThatIsOnTheDisk) {
  seat_both();
  w.journal->fail_commits(true);
  app->say(introduction);
  w.run();
  EXPECT_TRUE(hardware->sent.empty());
  EXPECT_EQ(app->last()["code"], 503);
  w.journal->fail_commits(false);
  w.advance(2s); // the journal is tried again
  app->say(introduction);
  w.run();
  EXPECT_EQ(w.stored(w.look(id()))->platform_id, "PLT_secret9");
  EXPECT_EQ(hardware->last()["data"]["platform_id"], w.look(id()).alias);
}

TEST_F(BridgeActors, EachResultGoesOutUnderItsOwnKeyAndIsToldToBoth) {
  introduce();
  for (auto key : {id().hex(), id().hex() + "-2", id().hex() + "-3"}) {
    hardware->say(picture);
    w.run();
    auto& call = w.platform->calls.back();
    EXPECT_EQ(call.request.headers.get("Idempotency-Key"), key);
    EXPECT_EQ(call.request.body, R"({"platform_id":"PLT_secret9","image_base64":"aGVsbG8="})");
    w.advance(40ms);
    call.answer(422, R"({"success":false,"platform_id":"PLT_secret9"})");
    w.run();
    EXPECT_EQ(
        app->last(),
        nlohmann::json::parse(
            R"({"type":"backend_response","status_code":422,"data":{"success":false,"platform_id":"PLT_secret9"},"latency_ms":40})"));
    EXPECT_EQ(hardware->last()["data"], nlohmann::json::parse(R"({"success":false})"));
    EXPECT_EQ(w.rows(storage::column::outbox) + w.rows(storage::column::images), 0u);
  }
  EXPECT_EQ(w.platform->calls.size(), 3u);
}

TEST_F(BridgeActors, AfterTheRetryWindowBothHear503Or504) {
  for (auto why : {errc::timed_out, errc::connect_failed}) {
    introduce();
    w.platform->script = [why](fake_platform::call& call) { call.fail(why); };
    hardware->say(picture);
    w.advance(6s);
    for (auto& s : {app, hardware})
      EXPECT_EQ(s->last()["status_code"], why == errc::timed_out ? 504 : 503);
    w.platform->script = [](fake_platform::call& call) { call.answer(200, R"({"success":true})"); };
    w.advance(11s);
    for (auto& s : {app, hardware})
      EXPECT_EQ(s->last()["status_code"], 200);
    w.platform->script = nullptr;
  }
}

TEST_F(BridgeActors, ASessionThatDiesComesBackWithItsSocketsItsPersonAndItsResults) {
  introduce();
  hardware->say(picture);
  w.run();
  app->throw_once = true;
  hardware->say(R"({"type":"to_app","data":1})");
  w.run();
  EXPECT_FALSE(app->closed || hardware->closed);
  EXPECT_TRUE(app->sent.empty()); // nobody is greeted twice
  w.platform->calls.back().answer(200, R"({"success":true})");
  w.run();
  EXPECT_EQ(app->last()["status_code"], 200);
  EXPECT_EQ(hardware->last()["status_code"], 200);
  hardware->say(picture);
  w.run();
  EXPECT_EQ(w.platform->calls.back().request.headers.get("Idempotency-Key"), id().hex() + "-2");
}

TEST_F(BridgeActors, AProcessThatDiesLosesNothing) {
  introduce();
  auto alias = w.look(id()).alias;
  hardware->say(picture);
  w.run();
  actor_world later{bridge_settings(), *w.journal, w.wall()};
  later.run();
  ASSERT_EQ(later.platform->calls.size(), 1u);
  EXPECT_EQ(later.platform->calls[0].request.headers.get("Idempotency-Key"), id().hex());
  later.platform->calls[0].answer(200, R"({"success":true})");
  later.run();
  auto back = connect(later, party::device, token);
  EXPECT_EQ(back->types(), (types{"joined", "backend_response"}));
  auto new_app = connect(later, party::mobile, token);
  EXPECT_EQ(new_app->types(), (types{"joined", "backend_response"}));
  new_app->say(introduction);
  later.run();
  EXPECT_EQ(back->last()["data"]["platform_id"], alias);
}

TEST_F(BridgeActors, ExcessOfHardwareIsDroppedAndOfAnAppIsTold) {
  auto s = bridge_settings();
  s.limits.messages_per_second = 1;
  s.limits.message_burst = 1;
  w.reload(s);
  seat_both();
  for (auto& socket : {app, hardware}) {
    socket->say(R"({"type":"pong"})");
    socket->say(R"({"type":"pong"})");
  }
  w.run();
  EXPECT_EQ(app->last()["code"], 429);
  EXPECT_TRUE(hardware->sent.empty());
  EXPECT_FALSE(hardware->closed);
}

TEST_F(BridgeActors, ASessionKeepsThePrivacyItBeganWith) {
  auto s = bridge_settings();
  s.bridge.privacy = settings::bridge_privacy::compat;
  seat_both();
  w.reload(s);
  app->say(introduction);
  w.run();
  EXPECT_NE(hardware->last()["data"]["platform_id"], "PLT_secret9");
  seat_both();
  app->say(introduction);
  w.run();
  EXPECT_EQ(hardware->last()["data"]["platform_id"], "PLT_secret9");
}

} // namespace
} // namespace mdai::test
