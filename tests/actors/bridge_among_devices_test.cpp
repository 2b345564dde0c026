#include "actors/admin_api.hpp"
#include "actors/api.hpp"
#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

/// Where the older bridge and all else meet: neither gets into what is the other's.
class BridgeAmongDevices : public device_test {
protected:
  void SetUp() override {
    device_test::SetUp();
    set([](settings& s) {
      s.bridge.hardware_api_keys = {"key-one"};
      s.auth.mobile_trust_body = true;
    });
    token = body(api(api_state::bridge_route, "POST", R"({"api_key":"key-one"})"))["token"];
    id = w.env.now()->tokens.verify(token, w.wall())->session_id;
  }
  response api(std::string_view route, std::string method, const std::string& text,
               std::map<std::string, std::string, std::less<>> params = {}) {
    auto out = send(w.env.apis[0], route, std::move(method), text, std::move(params));
    w.run();
    return out;
  }
  socket_ptr connect(party who) {
    upgrade_claims claims;
    claims.who = who;
    claims.speaks = dialect_id::bridge;
    claims.query_token = token;
    auto socket = w.open(std::move(claims));
    w.run();
    return socket;
  }

  std::string token;
  object_id id;
};

TEST_F(BridgeAmongDevices, OlderHardwareNeedsNoRegistration) {
  set([](settings& s) { s.devices.prove_identity = true; });
  EXPECT_EQ(connect(party::device)->types(), types{"joined"});
}

TEST_F(BridgeAmongDevices, NoPhoneJoinsAPairByItsId) {
  json wanted{{"user_id", "u"}, {"platform_id", "PLT_ann"}, {"session_id", id.hex()}};
  auto got = api(api_state::mobile_route, "POST", wanted.dump());
  EXPECT_EQ(status(got), 404u);
  EXPECT_EQ(body(got)["error_code"], "SESSION_NOT_FOUND");
  EXPECT_EQ(w.look(id).platform_id, "");
}

TEST_F(BridgeAmongDevices, NoChallengeLeadsIntoAPair) {
  register_device();
  json order{{"device_id", "TEE-1"}, {"type", "websocket"}, {"session_id", id.hex()}};
  auto got = post("/api/generate-challenge", order);
  EXPECT_EQ(status(got), 404u);
  EXPECT_EQ(body(got)["error_code"], "SESSION_NOT_FOUND");
}

TEST_F(BridgeAmongDevices, APairHasNoQrCode) {
  auto app = connect(party::mobile);
  app->say(R"({"type":"to_hardware","data":{"platform_id":"PLT_ann"}})");
  w.run();
  ASSERT_EQ(w.look(id).platform_id, "PLT_ann");
  w.platform->script = [](fake_platform::call& call) {
    call.answer(200, R"({"success":true,"platform_id":"PLT_ann","user_id":"u"})");
  };
  headers["Authorization"] = "Bearer user-token";
  EXPECT_EQ(status(api("/api/mobile/session/{id}/qr.svg", "GET", "", {{"id", id.hex()}})), 404u);
}

TEST_F(BridgeAmongDevices, TheOperatorEndsAPairInItsOwnWords) {
  auto sockets = {connect(party::mobile), connect(party::device)};
  auto got = send(w.env.admin_api, "/admin/sessions/{id}", "DELETE", "", {{"id", id.hex()}});
  w.run();
  EXPECT_EQ(status(got), 200u);
  for (auto& socket : sockets) {
    EXPECT_EQ(socket->last()["error"], "Session ended by the operator");
    EXPECT_EQ(socket->last()["code"], 4401);
    EXPECT_EQ(socket->closed, close_code::unauthorized);
  }
  EXPECT_EQ(connect(party::device)->closed, close_code::unauthorized);
}

} // namespace
} // namespace mdai::test
