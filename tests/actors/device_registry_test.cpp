#include <set>

#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

class Registration : public device_test {};

TEST_F(Registration, IsStoredBeforeItIsAnswered) {
  w.journal->fail_commits(true);
  EXPECT_EQ(status(register_device()), 503u);
  w.journal->fail_commits(false);
  (void)w.journal->resume();
  auto got = register_device();
  EXPECT_EQ(status(got), 200u);
  EXPECT_EQ(body(got), (json{{"success", true}, {"device_id", "TEE-1"}}));
  auto bytes = w.journal->get(storage::column::devices, "TEE-1");
  ASSERT_TRUE(*bytes);
  EXPECT_EQ(storage::decode_device(**bytes)->key_der, test_key::number(0).der());
}

TEST_F(Registration, OfTheSameKeyChangesNothingAndOfAnotherIsRefused) {
  register_device();
  auto before = **w.journal->get(storage::column::devices, "TEE-1");
  EXPECT_EQ(status(register_device()), 200u);
  auto got = register_device(1);
  EXPECT_EQ(status(got), 409u);
  EXPECT_EQ(body(got)["error_code"], "DEVICE_EXISTS");
  EXPECT_EQ(**w.journal->get(storage::column::devices, "TEE-1"), before);
}

TEST_F(Registration, ARevocationIsOfTheKey) {
  register_device();
  revoke();
  auto got = register_device(0);
  EXPECT_EQ(status(got), 409u);
  EXPECT_EQ(body(got)["error_code"], "DEVICE_REVOKED");
  EXPECT_EQ(status(register_device(1)), 200u);
  EXPECT_EQ(status(register_device(0)), 409u);
  revoke();
  got = register_device(0);
  EXPECT_EQ(status(got), 409u);
  EXPECT_EQ(body(got)["error_code"], "DEVICE_REVOKED") << "whatever came after it";
  EXPECT_EQ(status(register_device(2)), 200u);
  EXPECT_EQ(status(register_device(1)), 409u);
}

TEST_F(Registration, AHardwareIdMayComeLaterButNotChange) {
  register_device(0, "TEE-1");
  EXPECT_EQ(status(register_device(0, "TEE-1", "b4:2f")), 200u);
  EXPECT_EQ(status(register_device(0, "TEE-1", "b4:30")), 409u);
  EXPECT_EQ(storage::decode_device(**w.journal->get(storage::column::devices, "TEE-1"))->hardware_id, "b4:2f");
}

TEST_F(Registration, TwoKeysRacingForOneNameAreOneWinner) {
  auto wish = [&](unsigned key) {
    return send(w.env.device_apis[0], "/api/register-device", "POST",
                json{{"device_id", "TEE-1"}, {"public_key", test_key::number(key).pem()}}.dump());
  };
  auto a = wish(0), b = wish(1), c = wish(0);
  w.run();
  std::multiset<unsigned> statuses{status(a), status(b), status(c)};
  EXPECT_TRUE(statuses == (std::multiset<unsigned>{200, 200, 409}) ||
              statuses == (std::multiset<unsigned>{200, 409, 409}));
  EXPECT_EQ(status(a), status(c));
}

TEST_F(Registration, WhatIsWrongWithTheRequestIsA400OfItsOwn) {
  auto pem = test_key::number(0).pem();
  const std::pair<json, const char*> cases[] = {
      {{{"public_key", pem}}, "INVALID_DEVICE_ID"},
      {{{"device_id", 7}, {"public_key", pem}}, "INVALID_DEVICE_ID"},
      {{{"device_id", "a\nb"}, {"public_key", pem}}, "INVALID_DEVICE_ID"},
      {{{"device_id", std::string(129, 'x')}, {"public_key", pem}}, "INVALID_DEVICE_ID"},
      {{{"device_id", "TEE-1"}}, "INVALID_PUBLIC_KEY"},
      {{{"device_id", "TEE-1"}, {"public_key", "no key"}}, "INVALID_PUBLIC_KEY"},
      {{{"device_id", "TEE-1"}, {"public_key", pem}, {"hardware_id", "\t"}}, "INVALID_HARDWARE_ID"},
      {{{"device_id", "TEE-1"}, {"public_key", pem}, {"hardware_id", 5}}, "INVALID_HARDWARE_ID"},
      {json::array(), "INVALID_JSON"},
  };
  for (auto& [wanted, code] : cases) {
    auto got = post("/api/register-device", wanted);
    EXPECT_EQ(status(got), 400u) << wanted;
    EXPECT_EQ(body(got)["error_code"], code) << wanted;
  }
  headers["Content-Type"] = "text/plain";
  EXPECT_EQ(status(register_device()), 415u);
  for (auto type : {"application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"}) {
    headers["Content-Type"] = type;
    EXPECT_EQ(status(register_device()), 200u) << type;
  }
}

TEST_F(Registration, IsOpenToWhomTheOperatorSays) {
  auto with = [&](settings::registration_policy policy, const std::string& token, const std::string& bearer) {
    set([&](settings& s) {
      s.devices.registration = policy;
      s.devices.registration_token = "reg-token";
    });
    headers = {{"X-Registration-Token", token}, {"Authorization", "Bearer " + bearer}};
    return status(register_device());
  };
  using enum settings::registration_policy;
  EXPECT_EQ(with(token, "", ""), 401u);
  EXPECT_EQ(with(token, "reg-toke", "x"), 401u);
  EXPECT_EQ(with(token, "reg-token", ""), 200u);
  EXPECT_EQ(with(token, "", "admin-token"), 200u);
  EXPECT_EQ(with(closed, "reg-token", "admin-token"), 403u);
  EXPECT_EQ(with(open, "", ""), 200u);
  set([](settings& s) {
    s.devices.registration = token;
    s.devices.registration_token = "";
  });
  headers = {{"X-Registration-Token", ""}};
  EXPECT_EQ(status(register_device()), 401u) << "a token that is not set opens nothing";
}

TEST_F(Registration, SurvivesTheProcess) {
  register_device();
  revoke();
  register_device(1, "TEE-2");
  actor_world next{w.env.now()->settings, *w.journal, w.wall()};
  auto first = next.ask<device_record>(next.env.device_registry, find_device{"TEE-1"});
  auto second = next.ask<device_record>(next.env.device_registry, find_device{"TEE-2"});
  auto third = next.ask<device_record>(next.env.device_registry, find_device{"TEE-3"});
  next.run();
  EXPECT_TRUE(first->value && first->value->revoked_at);
  EXPECT_TRUE(second->value && !second->value->revoked_at);
  EXPECT_EQ(third->error, errc::device_unknown);
}

} // namespace
} // namespace mdai::test
