#include <set>

#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

class Provisioning : public device_test {
protected:
  void SetUp() override {
    device_test::SetUp();
    register_device();
  }
};

TEST_F(Provisioning, IsForOperatorsAndHardwareKeysOutsideDevelopment) {
  auto with = [&](std::string bearer, std::string key) {
    headers = {{"Authorization", "Bearer " + bearer}, {"x-api-key", key}};
    return status(post("/api/generate-challenge", {{"device_id", "TEE-1"}, {"wifi_ssid", "a"}, {"wifi_password", ""}}));
  };
  EXPECT_EQ(with("", ""), 200u) << "development";
  set([](settings& s) {
    s.mode = settings::run_mode::production;
    s.bridge.hardware_api_keys = {"key-1", "", "key-2"};
  });
  EXPECT_EQ(with("", ""), 401u);
  EXPECT_EQ(with("admin-toke", "key-3"), 401u);
  EXPECT_EQ(with("admin-token", ""), 200u);
  EXPECT_EQ(with("", "key-1"), 200u);
  EXPECT_EQ(with("", "key-2"), 200u);
}

TEST_F(Provisioning, GivesTheNetworkToWhoDecryptsTheChallengeOnce) {
  auto payload = challenge();
  EXPECT_EQ(payload["type"], "wifi");
  EXPECT_EQ(stored_challenge(payload)->password, "secret");
  auto secret = solve(payload);
  EXPECT_EQ(secret.size(), 32u);
  auto got = answer(payload, secret);
  EXPECT_EQ(status(got), 200u);
  EXPECT_EQ((*got)->headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(body(got), (json{{"success", true},
                             {"session_type", "wifi"},
                             {"wifi_credentials", {{"ssid", "Home"}, {"password", "secret"}}}}));
  EXPECT_EQ(stored_challenge(payload)->status, challenge_status::used);
  EXPECT_EQ(stored_challenge(payload)->password, "");
  EXPECT_EQ(status(answer(payload, secret)), 409u);
}

TEST_F(Provisioning, KeepsNeitherTheAnswerNorThePasswordLongerThanItMust) {
  auto payload = challenge();
  auto bytes = **w.journal->get(storage::column::challenges,
                                storage::challenge_key(*object_id::parse(payload["bson_id"].get<std::string>())));
  EXPECT_EQ(bytes.find(solve(payload)), std::string::npos);
  w.advance(300s - 1ms);
  EXPECT_EQ(stored_challenge(payload)->password, "secret");
  w.advance(1ms);
  EXPECT_EQ(stored_challenge(payload)->password, "");
  EXPECT_EQ(stored_challenge(payload)->status, challenge_status::expired);
  EXPECT_EQ(status(answer(payload, solve(payload))), 410u);
}

TEST_F(Provisioning, AnswersThatAreWrongCountUntilTheThird) {
  auto payload = challenge();
  for (auto& wrong : {std::string(32, 'x'), std::string{}, solve(payload).substr(1)})
    EXPECT_EQ(status(answer(payload, wrong)), 401u);
  auto got = answer(payload, solve(payload));
  EXPECT_EQ(status(got), 410u);
  EXPECT_EQ(body(got)["error_code"], "CHALLENGE_KILLED");
  EXPECT_EQ(stored_challenge(payload)->password, "");
  auto other = challenge();
  EXPECT_EQ(status(answer(other, solve(challenge()))), 401u) << "a foreign answer";
  EXPECT_EQ(status(answer(other, solve(other))), 200u);
}

TEST_F(Provisioning, WhatIsNoAnswerIsSaidSo) {
  auto payload = challenge();
  auto asked = answer_of(payload, "x");
  asked["challenge_response"] = "no base64!";
  EXPECT_EQ(status(post("/api/validate-challenge", asked)), 401u);
  EXPECT_EQ(stored_challenge(payload)->wrong_answers, 1);
  asked["challenge_response"] = 7;
  EXPECT_EQ(status(post("/api/validate-challenge", asked)), 400u);
  EXPECT_EQ(status(post("/api/validate-challenge", {{"bson_id", payload["bson_id"]}})), 400u);
  asked = answer_of(payload, "x");
  for (auto id : {"zzz", "000000000000000000000000"}) {
    asked["bson_id"] = id;
    EXPECT_EQ(status(post("/api/validate-challenge", asked)), 404u) << id;
  }
}

TEST_F(Provisioning, OfTwoRightAnswersExactlyOneOpens) {
  auto payload = challenge();
  auto text = answer_of(payload, solve(payload)).dump();
  std::vector<response> got;
  for (int i = 0; i < 8; ++i)
    got.push_back(send(w.env.device_apis[0], "/api/validate-challenge", "POST", text));
  w.run();
  std::multiset<unsigned> statuses;
  for (auto& one : got)
    statuses.insert(status(one));
  EXPECT_EQ(statuses.count(200), 1u);
  EXPECT_EQ(statuses.count(409), 7u);
}

TEST_F(Provisioning, ManyWrongAnswersAtOnceAreCountedOneByOne) {
  auto payload = challenge();
  std::vector<response> got;
  for (int i = 0; i < 5; ++i)
    got.push_back(send(w.env.device_apis[0], "/api/validate-challenge", "POST", answer_of(payload, "no").dump()));
  auto late = send(w.env.device_apis[0], "/api/validate-challenge", "POST", answer_of(payload, solve(payload)).dump());
  w.run();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status(got[static_cast<std::size_t>(i)]), i < 3 ? 401u : 410u) << i;
  EXPECT_EQ(status(late), 410u);
}

TEST_F(Provisioning, NothingIsGivenOutThatIsNotStored) {
  auto payload = challenge();
  w.journal->fail_commits(true);
  EXPECT_EQ(status(answer(payload, solve(payload))), 503u);
  EXPECT_EQ(status(answer(payload, "wrong")), 503u);
  w.journal->fail_commits(false);
  w.advance(2s);
  auto got = answer(payload, solve(payload));
  EXPECT_EQ(status(got), 200u) << "nobody has had it";
  EXPECT_EQ(body(got)["wifi_credentials"]["password"], "secret");
}

TEST_F(Provisioning, APasswordIsErasedAsSoonAsTheDiskTakesIt) {
  auto payload = challenge();
  w.advance(299s);
  w.journal->fail_commits(true);
  w.advance(2s);
  EXPECT_EQ(stored_challenge(payload)->password, "secret");
  w.journal->fail_commits(false);
  w.advance(4s);
  EXPECT_EQ(stored_challenge(payload)->password, "");
}

TEST_F(Provisioning, SurvivesTheProcessAsItStood) {
  auto spent = challenge(), dead = challenge(), wounded = challenge(), late = challenge();
  answer(spent, solve(spent));
  for (int i = 0; i < 3; ++i)
    answer(dead, "no");
  answer(wounded, "no");
  answer(wounded, "no");
  actor_world next{w.env.now()->settings, *w.journal, w.wall() + 200s};
  auto ask = [&](const json& payload, const std::string& bytes) {
    auto id = *object_id::parse(payload["bson_id"].get<std::string>());
    auto got = next.ask<challenge_answer>(next.env.challenges, answer_challenge{id, bytes, "r"});
    next.run();
    return got->value.value_or(challenge_answer{}).what;
  };
  using enum challenge_answer::outcome;
  EXPECT_EQ(ask(spent, solve(spent)), used);
  EXPECT_EQ(ask(dead, solve(dead)), killed);
  EXPECT_EQ(ask(wounded, "no"), wrong);
  EXPECT_EQ(ask(wounded, solve(wounded)), killed) << "the third one, across the restart";
  next.advance(100s);
  EXPECT_EQ(ask(late, solve(late)), expired);
}

TEST_F(Provisioning, WhatRanOutWhileNobodyRanIsErasedAtTheStart) {
  auto payload = challenge();
  actor_world next{w.env.now()->settings, *w.journal, w.wall() + 1h};
  next.run();
  auto id = *object_id::parse(payload["bson_id"].get<std::string>());
  auto bytes = next.journal->get(storage::column::challenges, storage::challenge_key(id));
  EXPECT_EQ(storage::decode_challenge(**bytes)->password, "");
}

TEST_F(Provisioning, RecordsArePurgedAfterTheirRetention) {
  challenge();
  w.advance(24h);
  EXPECT_EQ(w.rows(storage::column::challenges), 1u);
  w.advance(1h);
  EXPECT_EQ(w.rows(storage::column::challenges), 0u);
}

TEST_F(Provisioning, IsForDevicesThatAreRegisteredNow) {
  json order{{"device_id", "TEE-9"}, {"wifi_ssid", "a"}, {"wifi_password", "b"}};
  EXPECT_EQ(status(post("/api/generate-challenge", order)), 404u);
  auto payload = challenge();
  revoke();
  order["device_id"] = "TEE-1";
  EXPECT_EQ(status(post("/api/generate-challenge", order)), 403u);
  EXPECT_EQ(status(answer(payload, solve(payload))), 403u);
  register_device(1);
  EXPECT_EQ(status(answer(payload, solve(payload))), 403u) << "the challenge was for the key that is gone";
  auto fresh = challenge();
  EXPECT_EQ(status(answer(fresh, solve(fresh, 1))), 200u);
}

TEST_F(Provisioning, WhatIsWrongWithTheOrderIsA400OfItsOwn) {
  const std::pair<json, const char*> cases[] = {
      {{}, "INVALID_DEVICE_ID"},
      {{{"device_id", "TEE-1"}}, "INVALID_WIFI"},
      {{{"device_id", "TEE-1"}, {"wifi_ssid", "a"}}, "INVALID_WIFI"},
      {{{"device_id", "TEE-1"}, {"wifi_ssid", ""}, {"wifi_password", "a"}}, "INVALID_WIFI"},
      {{{"device_id", "TEE-1"}, {"wifi_ssid", std::string(33, 'a')}, {"wifi_password", "a"}}, "INVALID_WIFI"},
      {{{"device_id", "TEE-1"}, {"wifi_ssid", "a"}, {"wifi_password", std::string(129, 'a')}}, "INVALID_WIFI"},
      {{{"device_id", "TEE-1"}, {"session_type", "bluetooth"}}, "INVALID_SESSION_TYPE"},
  };
  for (auto& [order, code] : cases) {
    auto got = post("/api/generate-challenge", order.is_null() ? json::object() : order);
    EXPECT_EQ(status(got), 400u) << order;
    EXPECT_EQ(body(got)["error_code"], code) << order;
  }
}

TEST_F(Provisioning, JoinsALiveSessionWithATokenForThisDeviceAlone) {
  auto session = w.create();
  auto payload = challenge({{"session_type", "websocket"}, {"session_id", session.id.hex()}});
  EXPECT_EQ(payload["type"], "websocket");
  auto got = body(answer(payload, solve(payload)))["websocket_session"];
  EXPECT_EQ(got["session_id"], session.id.hex());
  EXPECT_EQ(got["ws_url"], "ws://broker.test/ws/device");
  EXPECT_EQ(got["expires_in"], 180);
  upgrade_claims claims;
  claims.who = party::device;
  claims.query_token = got["token"].get<std::string>();
  claims.device_id = "RDK_other";
  auto other = w.open(claims);
  claims.device_id = "TEE-1";
  auto mine = w.open(claims);
  w.run();
  EXPECT_EQ(other->last(), (json{{"type", "auth_failed"}, {"error", "Invalid or expired token"}}));
  EXPECT_EQ(other->closed, close_code::unauthorized);
  EXPECT_EQ(mine->types(), (types{"auth_success"}));
}

TEST_F(Provisioning, JoinsNoSessionThatIsUnknownOrOver) {
  auto order = [](const std::string& id) {
    return json{{"device_id", "TEE-1"}, {"type", "websocket"}, {"session_id", id}};
  };
  for (auto id : {"zzz", "000000000000000000000000"})
    EXPECT_EQ(status(post("/api/generate-challenge", order(id))), 404u) << id;
  auto session = w.create();
  auto payload = challenge({{"type", "websocket"}, {"session_id", session.id.hex()}});
  w.advance(200s); // the challenge outlives it
  auto got = answer(payload, solve(payload));
  EXPECT_EQ(status(got), 404u);
  EXPECT_EQ(body(got)["error_code"], "SESSION_NOT_FOUND");
  EXPECT_EQ(status(post("/api/generate-challenge", order(session.id.hex()))), 404u);
}

TEST_F(Provisioning, MakesASessionForTheDeviceThatNamesNone) {
  auto payload = challenge({{"session_type", "websocket"}});
  EXPECT_EQ(w.rows(storage::column::sessions), 0u) << "its life begins when the device is there";
  w.advance(250s);
  auto got = body(answer(payload, solve(payload)))["websocket_session"];
  EXPECT_EQ(got["expires_in"], 180);
  auto session = w.look(*object_id::parse(got["session_id"].get<std::string>()));
  EXPECT_EQ(session.device_id, "TEE-1");
  EXPECT_EQ(session.platform_id, "");
  EXPECT_EQ(w.stored(session), session);
}

} // namespace
} // namespace mdai::test
