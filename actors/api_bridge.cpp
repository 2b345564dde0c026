#include <nlohmann/json.hpp>

#include "actors/api.hpp"
#include "actors/http_answers.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/bridge/disguise.hpp"
#include "protocol/json.hpp"

/// The older bridge over HTTP: an API key becomes a session and the one token that opens both of its sides.
namespace mdai {
namespace {

metric key_failures{metric::kind::counter, "mdai_hardware_key_refused_total",
                    "Calls of /auth without one of HARDWARE_API_KEYS"};

/// Every key is looked at, and by its digest, so that time tells neither which one is near nor how long it is.
bool is_hardware_key(const settings& s, std::string_view offered) {
  const auto digest = crypto::sha256(offered);
  bool found = false;
  for (auto& key : s.bridge.hardware_api_keys)
    found |= !key.empty() & crypto::equal_constant_time(crypto::sha256(key), digest);
  return found;
}

/// The request's `api_key`; empty when its JSON has none. Errors: malformed_json and the like, when it is no JSON.
result<std::string> offered_key(const transport::http_request& request) {
  static constexpr std::string_view names[] = {"api_key"};
  std::optional<json::value> found[1];
  auto read = json::scan_object(request.body, names, found, json::deepest);
  if (!read && read.error() != errc::not_an_object)
    return read.error();
  return found[0] && found[0]->kind == json::kind::string ? json::decode(*found[0]) : std::string{};
}

} // namespace

void api_state::authorize_hardware(const http_exchange& x) {
  auto config = env_.now();
  auto key = offered_key(*x.request);
  if (!key)
    return x.respond(http_error(*x.request, 415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON"));
  if (!is_hardware_key(config->settings, *key)) {
    ++key_failures;
    log::warning("hardware_key_refused").with("request_id", x.request->request_id);
    return x.respond(http_error(*x.request, 401, "INVALID_API_KEY", "Invalid API key"));
  }
  create_session wanted{object_id::make(env_.wall()), {}, x.request->request_id, dialect_id::bridge};
  if (config->settings.bridge.privacy == settings::bridge_privacy::strict)
    wanted.alias = bridge::make_alias();
  self_->request(env_.supervisor_of(wanted.id), caf::infinite, wanted)
      .then(
          [this, x](const session_record& record) {
            nlohmann::ordered_json body{{"token", bridge_token(*env_.now(), record)},
                                        {"expires_in", seconds_left(record, env_.wall())}};
            x.respond(no_store(json_answer(200, body.dump())));
          },
          [x](const caf::error&) { x.respond(unavailable(*x.request, "JOURNAL_UNAVAILABLE")); });
}

} // namespace mdai
