#include "actors/device_api.hpp"

#include "actors/credentials.hpp"
#include "actors/http_answers.hpp"
#include "actors/log.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/crypto.hpp"
#include "protocol/rsa_key.hpp"

namespace mdai {
namespace {

using json_object = nlohmann::ordered_json;
using transport::http_request;
using transport::http_response;
using outcome = challenge_answer::outcome;

std::string_view text_of_key_error(const boost::system::error_code& why) {
  if (why == errc::wrong_key_type)
    return "public_key must be an RSA key";
  if (why == errc::weak_key || why == errc::key_too_long)
    return "public_key must have 2048 to 8192 bits";
  return "public_key must be a PEM SubjectPublicKeyInfo (BEGIN PUBLIC KEY)";
}

http_response refusal_of(const http_request& request, registration how) {
  if (how == registration::revoked)
    return http_error(request, 409, "DEVICE_REVOKED", "This key was revoked; the device needs another one");
  return http_error(request, 409, "DEVICE_EXISTS",
                    how == registration::other_hardware ? "The device is registered with another hardware_id"
                                                        : "The device is registered with another key");
}

http_response refusal_of(const http_request& request, outcome what) {
  switch (what) {
  case outcome::used:
    return http_error(request, 409, "CHALLENGE_USED", "The challenge was answered before");
  case outcome::expired:
    return http_error(request, 410, "CHALLENGE_EXPIRED", "The challenge has expired");
  case outcome::killed:
    return http_error(request, 410, "CHALLENGE_KILLED", "The challenge is over: too many wrong answers");
  case outcome::unknown:
    return http_error(request, 404, "CHALLENGE_NOT_FOUND", "Challenge not found");
  case outcome::device_revoked:
    return http_error(request, 403, "DEVICE_REVOKED", "The device is revoked");
  case outcome::session_gone:
    return http_error(request, 404, "SESSION_NOT_FOUND", "Session not found");
  default:
    return http_error(request, 401, "WRONG_ANSWER", "The answer is wrong");
  }
}

http_response refusal_of(const http_request& request, const caf::error& why) {
  if (why == errc::device_unknown)
    return http_error(request, 404, "DEVICE_NOT_FOUND", "Device not registered");
  if (why == errc::device_revoked)
    return http_error(request, 403, "DEVICE_REVOKED", "The device is revoked");
  if (why == errc::not_found)
    return http_error(request, 404, "SESSION_NOT_FOUND", "Session not found");
  if (why == errc::overloaded)
    return unavailable(request, "TOO_MANY_CHALLENGES");
  return unavailable(request, "JOURNAL_UNAVAILABLE");
}

} // namespace

api_actor::behavior_type device_api_state::make_behavior() {
  return {[this](const http_exchange& x) { on_exchange(x); }};
}

void device_api_state::on_exchange(const http_exchange& x) {
  auto config = env_.now();
  auto& request = *x.request;
  if (x.route == register_route && config->settings.devices.registration == settings::registration_policy::closed)
    return x.respond(http_error(request, 403, "REGISTRATION_CLOSED", "Devices cannot be registered here"));
  if (x.route == register_route && !may_register(*config, request))
    return x.respond(http_error(request, 401, "UNAUTHORIZED", "X-Registration-Token required"));
  if (x.route == generate_route && !may_provision(*config, request))
    return x.respond(http_error(request, 401, "UNAUTHORIZED", "Authorization bearer token or x-api-key required"));
  auto body = json_body(request);
  if (!body)
    return x.respond(body.error());
  x.route == register_route   ? register_one(x, *body)
  : x.route == generate_route ? generate(x, *body)
                              : validate(x, *body);
}

// -- registration -----------------------------------------------------------------------------------------------------

void device_api_state::register_one(const http_exchange& x, const nlohmann::json& body) {
  auto device_id = text_member(body, "device_id"), pem = text_member(body, "public_key");
  if (!device_id || !is_device_id(*device_id))
    return x.respond(invalid_device_id(*x.request));
  auto hardware_id = name_member(body, "hardware_id").value_or(std::string{});
  if (!hardware_id.empty() && (!body["hardware_id"].is_string() || !is_device_id(hardware_id)))
    return x.respond(
        http_error(*x.request, 400, "INVALID_HARDWARE_ID", "hardware_id must be 1 to 128 printable characters"));
  auto key = rsa_key::from_pem(pem.value_or(std::string{}));
  if (!key)
    return x.respond(http_error(*x.request, 400, "INVALID_PUBLIC_KEY", text_of_key_error(key.error())));
  device_record wanted{*device_id, key->der(), std::move(hardware_id), env_.wall()};
  self_->request(env_.device_registry, caf::infinite, register_device{std::move(wanted)})
      .then(
          [x, id = *device_id](const registered& answer) {
            auto request_id = x.request->request_id;
            if (refused(answer.how)) {
              log::warning("registration_refused").with("device_id", id).with("request_id", request_id);
              return x.respond(refusal_of(*x.request, answer.how));
            }
            log::info("device_registered").with("device_id", id).with("request_id", request_id);
            x.respond(no_store(json_answer(200, json_object{{"success", true}, {"device_id", id}}.dump())));
          },
          [x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

// -- challenges -------------------------------------------------------------------------------------------------------

namespace {

/// What the body asks for, or why that cannot be.
boost::system::result<issue_challenge, http_response> read_order(const http_request& request,
                                                                 const nlohmann::json& body) {
  issue_challenge order;
  order.request_id = request.request_id;
  auto device_id = text_member(body, "device_id");
  if (!device_id || !is_device_id(*device_id))
    return invalid_device_id(request);
  order.device_id = *device_id;
  auto type = name_member(body, "session_type").value_or(name_member(body, "type").value_or("wifi"));
  if (type == name(challenge_kind::websocket)) {
    order.kind = challenge_kind::websocket;
    if (auto session = name_member(body, "session_id")) {
      auto id = object_id::parse(*session);
      if (!id)
        return http_error(request, 404, "SESSION_NOT_FOUND", "Session not found");
      order.session_id = *id;
    }
    return order;
  }
  if (type != name(challenge_kind::wifi))
    return http_error(request, 400, "INVALID_SESSION_TYPE", "session_type must be wifi or websocket");
  auto wifi = wifi_of(request, body);
  if (!wifi)
    return wifi.error();
  order.ssid = wifi->ssid;
  order.password = wifi->password;
  return order;
}

} // namespace

void device_api_state::generate(const http_exchange& x, const nlohmann::json& body) {
  auto order = read_order(*x.request, body);
  if (!order)
    return x.respond(order.error());
  self_->request(env_.challenges, caf::infinite, *order)
      .then(
          [x, type = mdai::name(order->kind)](const issued_challenge& made) {
            json_object answer{
                {"success", true},
                {"qr_payload",
                 {{"bson_id", made.id.hex()}, {"challenge", crypto::base64(made.sealed)}, {"type", type}}},
                {"expires_in", made.expires_in.count()}};
            x.respond(no_store(json_answer(200, answer.dump())));
          },
          [x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

void device_api_state::validate(const http_exchange& x, const nlohmann::json& body) {
  auto bson_id = text_member(body, "bson_id");
  auto found = body.find("challenge_response");
  if (!bson_id || found == body.end() || !found->is_string())
    return x.respond(http_error(*x.request, 400, "MISSING_FIELD", "bson_id and challenge_response are required"));
  auto id = object_id::parse(*bson_id);
  if (!id)
    return x.respond(refusal_of(*x.request, outcome::unknown));
  // What is no base64 is a wrong answer like any other.
  auto response = crypto::decode_base64(found->get_ref<const std::string&>());
  answer_challenge asked{*id, response ? std::move(*response) : std::string{}, x.request->request_id};
  self_->request(env_.challenges, caf::infinite, std::move(asked))
      .then(
          [this, x](const challenge_answer& answer) {
            if (answer.what != outcome::opened)
              return x.respond(refusal_of(*x.request, answer.what));
            auto& c = answer.opened;
            json_object out{{"success", true}, {"session_type", mdai::name(c.kind)}};
            if (c.kind == challenge_kind::wifi)
              out["wifi_credentials"] = {{"ssid", c.ssid}, {"password", c.password}};
            else
              out["websocket_session"] = {
                  {"session_id", answer.session.id.hex()},
                  {"token", session_token(*env_.now(), answer.session, party::device, c.device_id)},
                  {"ws_url", websocket_url(*env_.now(), *x.request, "/ws/device")},
                  {"expires_in", seconds_left(answer.session, env_.wall())}};
            x.respond(no_store(json_answer(200, out.dump())));
          },
          [x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

} // namespace mdai
