#include <optional>

#include "bench/sim/console.hpp"
#include "bench/sim/device.hpp"
#include "bench/sim/http_client.hpp"
#include "bench/sim/rsa_pair.hpp"
#include "bench/sim/sample_image.hpp"
#include "bench/sim/verbs.hpp"
#include "protocol/crypto.hpp"

/// `mdai-sim provision`: a device registers, gets a network and a session by challenges, and a phone joins it.
namespace mdai::sim {
namespace {

struct provision_flags {
  std::string url, device_id = "TEE-sim", registration_token, operator_token, api_key, token, image;
  unsigned bits = 2048;
  tls_trust trust;
  patience waits;
};

struct answered {
  unsigned status = 0;
  json body;
};

struct sealed_challenge {
  std::string bson_id, bytes;
};

class provision {
public:
  provision(reactor& r, const provision_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto broker = url::parse(flags_.url);
    if (!broker)
      return fail(broker.error());
    broker_ = *broker;
    out_.title("mdai-sim provision against " + broker_.origin());
    const bool passed = make_key() && registers() && gets_a_network() && dies_of_wrong_answers() && gets_a_session();
    out_.summary();
    return passed && out_.all_held() ? succeeded : reactor_.interrupted() ? was_interrupted : went_wrong;
  }

private:
  template <class T>
  bool worked(std::string_view step, const outcome<T>& o) {
    return o.has_value() || out_.check(false, step, o.error().text);
  }

  outcome<answered> call(const std::string& method, const std::string& path, const json& body,
                         std::map<std::string, std::string> headers = {}) {
    headers.emplace("Content-Type", "application/json");
    const auto got =
        fetch(reactor_, {method, broker_.at(path), std::move(headers), body.is_null() ? "" : to_text(body)},
              flags_.trust, flags_.waits.step);
    if (!got)
      return got.error();
    return answered{got->status, json::parse(got->body, nullptr, false)};
  }

  /// Whether the answer has this status; prints it.
  bool has_status(std::string_view step, const outcome<answered>& got, unsigned status) {
    return worked(step, got) &&
           out_.check(got->status == status, step,
                      std::to_string(got->status) +
                          (text_of(got->body, "error").empty() ? "" : " " + text_of(got->body, "error")));
  }

  bool make_key() {
    auto made = rsa_pair::make(flags_.bits);
    if (!worked("key pair made", made))
      return false;
    key_ = std::move(*made);
    return out_.check(true, "key pair made", std::to_string(flags_.bits) + " bits");
  }

  outcome<answered> register_with(const rsa_pair& key) {
    std::map<std::string, std::string> headers;
    if (!flags_.registration_token.empty())
      headers["X-Registration-Token"] = flags_.registration_token;
    return call("POST", "/api/register-device", {{"device_id", flags_.device_id}, {"public_key", key.public_pem()}},
                std::move(headers));
  }

  bool registers() {
    const auto other = rsa_pair::make(flags_.bits);
    return has_status("registered", register_with(*key_), 200) &&
           has_status("the same key again", register_with(*key_), 200) && worked("another key", other) &&
           has_status("another key is refused", register_with(*other), 409);
  }

  outcome<sealed_challenge> challenge(json order) {
    order["device_id"] = flags_.device_id;
    std::map<std::string, std::string> headers;
    if (!flags_.operator_token.empty())
      headers["Authorization"] = "Bearer " + flags_.operator_token;
    if (!flags_.api_key.empty())
      headers["x-api-key"] = flags_.api_key;
    const auto got = call("POST", "/api/generate-challenge", order, std::move(headers));
    if (!got)
      return got.error();
    const auto payload = got->body.is_object() ? got->body.value("qr_payload", json{}) : json{};
    const auto bytes = crypto::decode_base64(text_of(payload, "challenge"));
    if (got->status != 200 || !bytes || bytes->empty())
      return failed(std::to_string(got->status) + " " + text_of(got->body, "error"));
    return sealed_challenge{text_of(payload, "bson_id"), *bytes};
  }

  outcome<answered> answer(const sealed_challenge& c, const std::string& bytes) {
    return call("POST", "/api/validate-challenge",
                {{"bson_id", c.bson_id}, {"challenge_response", crypto::base64(bytes)}});
  }

  bool gets_a_network() {
    const auto made = challenge({{"wifi_ssid", "Lobby"}, {"wifi_password", "over the rainbow"}});
    if (!worked("Wi-Fi challenge", made))
      return false;
    const auto secret = key_->open(made->bytes);
    if (!worked("challenge decrypted", secret) ||
        !out_.check(secret->size() == 32, "challenge decrypted", std::to_string(secret->size()) + " bytes") ||
        !has_status("a wrong answer is refused", answer(*made, "wrong"), 401))
      return false;
    const auto opened = answer(*made, *secret);
    if (!has_status("the right one opens", opened, 200))
      return false;
    const auto network = opened->body.value("wifi_credentials", json{});
    return out_.check(network == json{{"ssid", "Lobby"}, {"password", "over the rainbow"}}, "the network arrived") &&
           has_status("but once", answer(*made, *secret), 409);
  }

  bool dies_of_wrong_answers() {
    const auto made = challenge({{"wifi_ssid", "Lobby"}, {"wifi_password", ""}});
    if (!worked("another challenge", made))
      return false;
    for (int i = 0; i < 3; ++i)
      if (const auto refused = answer(*made, "wrong"); !worked("three wrong answers", refused))
        return false;
    const auto secret = key_->open(made->bytes);
    return worked("challenge decrypted", secret) &&
           has_status("three wrong answers kill a challenge", answer(*made, *secret), 410);
  }

  bool gets_a_session() {
    const auto made = challenge({{"session_type", "websocket"}});
    if (!worked("session challenge", made))
      return false;
    const auto secret = key_->open(made->bytes);
    if (!worked("challenge decrypted", secret))
      return false;
    const auto opened = answer(*made, *secret);
    if (!has_status("it opens a session", opened, 200))
      return false;
    const auto session = opened->body.value("websocket_session", json{});
    const auto where = url::parse(text_of(session, "ws_url"));
    if (!worked("session's address", where))
      return false;
    const auto id = text_of(session, "session_id");
    auto device = peer::connect(reactor_, *where, flags_.trust, flags_.waits);
    if (!worked("device connected", device))
      return false;
    const auto welcome = device->authenticate(device_auth({id, text_of(session, "token")}, flags_.device_id));
    if (!worked("device authenticated", welcome) || !out_.check(true, "device authenticated", where->websocket()))
      return false;
    const bool good = flags_.token.empty() || phone_joins(*device, id);
    device->close();
    return good;
  }

  bool phone_joins(peer& device, const std::string& id) {
    constexpr auto step = "phone joins it by its name";
    const auto joined =
        call("POST", "/api/mobile/create-session", {{"session_id", id}}, {{"Authorization", "Bearer " + flags_.token}});
    if (!has_status(step, joined, 200) ||
        !out_.check(text_of(joined->body, "session_id") == id, "the very session", id))
      return false;
    const auto where = url::parse(text_of(joined->body, "ws_url"));
    if (!worked(step, where))
      return false;
    auto phone = peer::connect(reactor_, *where, flags_.trust, flags_.waits);
    if (!worked("phone connected", phone))
      return false;
    const auto welcome = phone->authenticate({{"type", "auth"}, {"bearer_token", text_of(joined->body, "ws_token")}});
    const bool good = worked("phone authenticated", welcome) && verify(device, *phone);
    phone->close();
    return good;
  }

  bool verify(peer& device, peer& phone) {
    const auto image = load_image(flags_.image);
    if (!worked("image", image))
      return false;
    const auto met = device.expect("mobile_connected");
    if (!worked("device hears of the phone", met))
      return false;
    const auto sent = device.send(submit_result(*image, 5, 0.95));
    if (!worked("image submitted", sent))
      return false;
    const auto verdict = phone.await_result([](const received&) {});
    return worked("phone has the result", verdict) &&
           out_.check(text_of(verdict->body, "status") == "success", "phone has the result",
                      text_of(verdict->body, "status"));
  }

  reactor& reactor_;
  const provision_flags& flags_;
  console out_;
  url broker_;
  std::optional<rsa_pair> key_;
};

} // namespace

void add_provision(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<provision_flags>();
  auto* sub =
      app.add_subcommand("provision", "A device registers and is provisioned by challenges, every step checked");
  sub->add_option("--url", flags->url, "The broker, like https://127.0.0.1:8443")->required();
  sub->add_option("--device-id", flags->device_id, "The device's name; it must be new")->capture_default_str();
  sub->add_option("--bits", flags->bits, "Of its key")->capture_default_str()->check(CLI::Range(2048u, 8192u));
  sub->add_option("--registration-token", flags->registration_token, "Where registration needs it")
      ->envname("REGISTRATION_TOKEN");
  sub->add_option("--operator-token", flags->operator_token, "To make challenges")->envname("ADMIN_TOKEN");
  sub->add_option("--api-key", flags->api_key, "The same, as hardware");
  sub->add_option("--token", flags->token, "A user's bearer, like user-ann: a phone joins the session, too");
  sub->add_option("--image", flags->image, "The picture to submit [a small grey JPEG]")->check(CLI::ExistingFile);
  add_patience(*sub, flags->waits);
  sub->footer("Exit status: 0 only when every check held.");
  plays<provision>(*sub, flags, chosen);
}

} // namespace mdai::sim
