#pragma once
#include <memory>

#include <nlohmann/json.hpp>

#include "protocol/crypto.hpp"
#include "storage/records.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/http_call.hpp"
#include "tests/support/test_key.hpp"

namespace mdai::test {

/// Devices, their challenges, and the HTTP around them.
class device_test : public actor_test {
protected:
  using response = http_answer;
  using json = nlohmann::json;

  /// A request to one of the actors behind HTTP; the answer comes in run().
  response send(const api_actor& to, std::string_view route, std::string method, const std::string& body,
                std::map<std::string, std::string, std::less<>> params = {}, std::string query = {}) {
    transport::http_request request;
    request.method = std::move(method);
    request.body = body;
    request.params.insert(params.begin(), params.end());
    request.query = std::move(query);
    for (auto& [name, value] : headers)
      request.headers.set(name, value);
    return call(to, route, std::move(request));
  }
  response post(std::string_view route, const json& body) {
    auto out = send(w.env.device_apis[0], route, "POST", body.dump());
    w.run();
    return out;
  }
  static unsigned status(const response& r) { return *r ? (*r)->status : 0; }
  static json body(const response& r) { return *r ? json::parse((*r)->body) : json{}; }

  response register_device(unsigned key = 0, const std::string& id = "TEE-1", const std::string& hardware_id = {}) {
    json wanted{{"device_id", id}, {"public_key", test_key::number(key).pem()}};
    if (!hardware_id.empty())
      wanted["hardware_id"] = hardware_id;
    return post("/api/register-device", wanted);
  }
  void revoke(const std::string& id = "TEE-1") {
    auto gone = w.ask<device_record>(w.env.device_registry, revoke_device{id});
    w.run();
    EXPECT_TRUE(gone->value);
  }
  /// The payload of a new challenge.
  json challenge(json order = {{"wifi_ssid", "Home"}, {"wifi_password", "secret"}}) {
    order["device_id"] = "TEE-1";
    auto got = post("/api/generate-challenge", order);
    EXPECT_EQ(status(got), 200u);
    return body(got)["qr_payload"];
  }
  /// The right answer.
  static std::string solve(const json& payload, unsigned key = 0) {
    return test_key::number(key).open(*crypto::decode_base64(payload["challenge"].get<std::string>()));
  }
  static json answer_of(const json& payload, const std::string& bytes) {
    return {{"bson_id", payload["bson_id"]}, {"challenge_response", crypto::base64(bytes)}};
  }
  response answer(const json& payload, const std::string& bytes) {
    return post("/api/validate-challenge", answer_of(payload, bytes));
  }
  std::optional<challenge_record> stored_challenge(const json& payload) {
    auto id = *object_id::parse(payload["bson_id"].get<std::string>());
    auto bytes = w.journal->get(storage::column::challenges, storage::challenge_key(id));
    return *bytes ? std::optional{*storage::decode_challenge(**bytes)} : std::nullopt;
  }
  void set(const std::function<void(settings&)>& change) {
    auto s = w.env.now()->settings;
    change(s);
    w.reload(s);
  }
  void SetUp() override {
    set([](settings& s) {
      s.mode = settings::run_mode::development;
      s.devices.registration = settings::registration_policy::open;
      s.admin.token = "admin-token";
      s.devices.master_secret = "master";
    });
  }

  std::map<std::string, std::string> headers; ///< of every request
};

} // namespace mdai::test
