#include "actors/api.hpp"
#include "actors/credentials.hpp"
#include "actors/http_answers.hpp"
#include "actors/json_body.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/bridge/disguise.hpp"
#include "protocol/json_writer.hpp"

/// The older bridge over HTTP: an API key becomes a session and the one token that opens both of its sides.
namespace mdai {
namespace {

metric key_failures{metric::kind::counter, "mdai_hardware_key_refused_total",
                    "Calls of /auth without one of HARDWARE_API_KEYS"};

} // namespace

void api_state::authorize_hardware(const http_exchange& x) {
  auto config = env_.now();
  auto body = nlohmann::json::parse(x.request->body, nullptr, false); // old hardware's Content-Type may be anything
  if (body.is_discarded())
    return x.respond(http_error(*x.request, 415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON"));
  if (!is_hardware_key(*config, text_member(body, "api_key").value_or(std::string{}))) {
    ++key_failures;
    log::warning("hardware_key_refused").with("request_id", x.request->request_id);
    return x.respond(http_error(*x.request, 401, "INVALID_API_KEY", "Invalid API key"));
  }
  create_session wanted{object_id::make(env_.wall()), {}, x.request->request_id};
  wanted.dialect = dialect_id::bridge;
  if (config->settings.bridge.privacy == settings::bridge_privacy::strict)
    wanted.alias = bridge::make_alias();
  self_->request(env_.supervisor_of(wanted.id), caf::infinite, wanted)
      .then(
          [this, x](const session_record& record) {
            auto answer = json::object_writer{}
                              .text("token", bridge_token(*env_.now(), record))
                              .number("expires_in", seconds_left(record, env_.wall()))
                              .done();
            x.respond(no_store(json_answer(200, std::move(answer))));
          },
          [x](const caf::error&) { x.respond(unavailable(*x.request, "JOURNAL_UNAVAILABLE")); });
}

} // namespace mdai
