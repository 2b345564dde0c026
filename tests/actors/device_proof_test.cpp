#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

/// Devices at /ws/device when a name alone is not enough.
class DeviceProof : public device_test {
protected:
  void require(bool registration, bool proof) {
    set([&](settings& s) {
      s.devices.require_registration = registration;
      s.devices.prove_identity = proof;
    });
  }
  /// Comes with its token and asks for a seat.
  socket_ptr come(const std::string& id = "TEE-1") {
    auto socket = w.connect_device(r, id);
    w.run();
    return socket;
  }
  void expect_refused(const socket_ptr& s, std::string_view text) {
    EXPECT_EQ(s->last(), (json{{"type", "auth_failed"}, {"error", text}}));
    EXPECT_EQ(s->closed, close_code::forbidden);
  }
  std::string proof_of(const socket_ptr& s, unsigned key = 0) {
    auto secret = test_key::number(key).open(*crypto::decode_base64(s->last()["challenge"].get<std::string>()));
    return json{{"type", "challenge_response"}, {"response", crypto::base64(secret)}}.dump();
  }
  void SetUp() override {
    device_test::SetUp();
    r = w.create();
  }
  static constexpr std::string_view unregistered = "Device not registered", unproven = "Device identity not proven";
};

TEST_F(DeviceProof, ByDefaultANameIsEnough) { EXPECT_EQ(come()->types(), (types{"auth_success"})); }

TEST_F(DeviceProof, AnUnregisteredOrRevokedDeviceIsRefusedWhereRegistrationIsRequired) {
  require(true, false);
  expect_refused(come(), unregistered);
  register_device();
  EXPECT_EQ(come()->types(), (types{"auth_success"}));
  revoke();
  expect_refused(come(), unregistered);
}

TEST_F(DeviceProof, ARevocationEndsTheConnectionThatIsThere) {
  require(true, false);
  register_device();
  auto phone = w.connect_mobile(r);
  device = come();
  revoke();
  expect_refused(device, unregistered);
  EXPECT_EQ(phone->types().back(), "device_disconnected");
  require(false, false);
  auto name_alone = come();
  EXPECT_EQ(name_alone->types().front(), "auth_success") << "where nothing is required";
}

// Wherever on its way to the seat the revocation meets it: after each number of jobs that have run.
TEST_F(DeviceProof, ARevocationOnTheWayToTheSeatIsNotMissed) {
  require(true, false);
  for (unsigned steps = 0, left = 1; left > 0; ++steps) {
    auto id = "TEE-" + std::to_string(steps);
    register_device(0, id);
    auto session = w.create();
    w.run();
    auto socket = w.connect_device(session, id);
    for (unsigned i = 0; i < steps; ++i)
      w.scheduler().try_run_once();
    left = static_cast<unsigned>(w.scheduler().jobs.size());
    revoke(id);
    EXPECT_FALSE(socket->open()) << "after " << steps << " steps";
    EXPECT_EQ(socket->closed, close_code::forbidden);
    EXPECT_EQ(socket->last()["error"], unregistered);
  }
}

TEST_F(DeviceProof, ARevocationOrANewKeyDuringTheProofCounts) {
  require(false, true);
  register_device();
  device = come();
  auto right = proof_of(device);
  revoke();
  device->say(right);
  w.run();
  expect_refused(device, unregistered);
  register_device(1);
  device = come();
  right = proof_of(device, 1);
  revoke();
  register_device(2);
  device->say(right);
  w.run();
  expect_refused(device, unregistered);
}

TEST_F(DeviceProof, WhereRegistrationIsNotRequiredARevocationClosesNothing) {
  register_device();
  device = come();
  revoke();
  EXPECT_TRUE(device->open());
}

TEST_F(DeviceProof, ADeviceProvesThatItHoldsItsKey) {
  require(false, true);
  expect_refused(come(), unregistered);
  register_device();
  device = come();
  EXPECT_EQ(device->types(), (types{"challenge"}));
  EXPECT_EQ(w.look(r.id).device_id, "") << "nothing is bound by a name";
  device->say(proof_of(device));
  w.run();
  EXPECT_EQ(device->types(), (types{"challenge", "auth_success"}));
  device->say(R"({"type":"ping","n":1})");
  w.run();
  EXPECT_EQ(device->last(), (json{{"type", "pong"}, {"n", 1}}));
}

TEST_F(DeviceProof, WhoseAuthMessageBringsTheTokenProvesItToo) {
  require(true, true);
  register_device();
  upgrade_claims claims;
  claims.who = party::device;
  device = w.open(claims);
  device->say(json{{"type", "auth"}, {"bearer_token", w.token(r, party::device)}, {"device_id", "TEE-1"}}.dump());
  w.run();
  EXPECT_EQ(device->types(), (types{"challenge"}));
  device->say(proof_of(device));
  w.run();
  EXPECT_EQ(device->types().back(), "auth_success");
}

TEST_F(DeviceProof, AWrongAnswerIsTheLast) {
  require(false, true);
  register_device();
  for (auto wrong : {R"({"type":"challenge_response","response":"AAAA"})", R"({"type":"challenge_response"})",
                     R"({"type":"challenge_response","response":"*"})"}) {
    device = come();
    device->say(wrong);
    w.run();
    expect_refused(device, unproven);
  }
  device = come();
  auto stolen = proof_of(come());
  device->say(stolen);
  w.run();
  expect_refused(device, unproven);
  auto liar = come();
  liar->say(R"({"type":"challenge_response","response":"AAAA"})");
  liar->say(proof_of(liar));
  w.run();
  expect_refused(liar, unproven);
}

TEST_F(DeviceProof, NoAnswerInTimeIsAWrongOne) {
  require(false, true);
  register_device();
  device = come();
  w.advance(10s - 1ms);
  EXPECT_TRUE(device->open());
  w.advance(1ms);
  expect_refused(device, unproven);
  auto proven = come();
  proven->say(proof_of(proven));
  w.advance(20s);
  EXPECT_TRUE(proven->open());
}

TEST_F(DeviceProof, TheTimeForTheAnswerBeginsWithTheQuestion) {
  require(false, true);
  register_device();
  upgrade_claims claims;
  claims.who = party::device;
  device = w.open(claims);
  w.advance(9s);
  device->say(json{{"type", "auth"}, {"bearer_token", w.token(r, party::device)}, {"device_id", "TEE-1"}}.dump());
  w.advance(9s);
  EXPECT_TRUE(device->open()) << "the auth message had its own ten seconds";
  device->say(proof_of(device));
  w.run();
  EXPECT_EQ(device->types().back(), "auth_success");
}

TEST_F(DeviceProof, WhatComesBeforeTheAnswerWaitsForIt) {
  require(false, true);
  register_device();
  device = come();
  device->say(R"({"type":"ping","n":1})");
  device->say("{");
  w.run();
  EXPECT_EQ(device->types(), (types{"challenge"}));
  device->say(proof_of(device));
  device->say(R"({"type":"ping","n":2})");
  w.run();
  EXPECT_EQ(device->types(), (types{"challenge", "auth_success", "pong", "error", "pong"}));
}

TEST_F(DeviceProof, UntilThenTheLimitsOfAStrangerHold) {
  require(false, true);
  register_device();
  device = come();
  EXPECT_EQ(device->message_limit, 0u);
  device->say(std::string(17'000, ' '));
  w.run();
  EXPECT_EQ(device->closed, close_code::too_big);
  auto proven = come();
  proven->say(proof_of(proven));
  w.run();
  EXPECT_EQ(proven->message_limit, w.env.now()->settings.limits.device_max_message_bytes);
}

TEST_F(DeviceProof, APhoneProvesNothing) {
  require(true, true);
  auto phone = w.connect_mobile(r);
  w.run();
  EXPECT_EQ(phone->types(), (types{"auth_success"}));
}

TEST_F(DeviceProof, WhoLeavesMeanwhileLeavesNothingBehind) {
  require(false, true);
  register_device();
  device = w.connect_device(r, "TEE-1");
  device->drop();
  w.run();
  auto other = come();
  other->drop();
  w.advance(20s);
  auto third = come();
  third->say(proof_of(third));
  w.run();
  EXPECT_EQ(third->types().back(), "auth_success");
}

} // namespace
} // namespace mdai::test
