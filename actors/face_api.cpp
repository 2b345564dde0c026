#include "actors/face_api.hpp"

#include "actors/face_caller.hpp"
#include "actors/http_answers.hpp"
#include "protocol/face/client_token.hpp"
#include "protocol/json_writer.hpp"

/// Who calls, and how a tenant signs in.
namespace mdai {
namespace {

using transport::http_request;
using transport::http_response;

http_response stranger(const http_request& request, const face_stranger& why) {
  return http_error(request, 401, why.code, why.text);
}

http_response too_many(const http_request& request, std::string_view code, std::string_view text, seconds wait) {
  auto out = http_error(request, 429, code, text);
  out.headers.set("Retry-After", std::to_string(wait.count()));
  return out;
}

http_response throttled(const http_request& request, seconds wait) {
  return too_many(request, "RATE_LIMITED",
                  "Request was throttled. Expected available in " + std::to_string(wait.count()) + " seconds.", wait);
}

http_response refusal_of_sign_in(const http_request& request, const caf::error& why) {
  if (why == errc::access_denied) {
    auto out = field_error(request, 401, "INVALID_CREDENTIALS", "non_field_errors", "Invalid credentials");
    return out;
  }
  if (why == errc::overloaded)
    return too_many(request, "RATE_LIMITED", "Too many sign in at once", seconds{1});
  return unavailable(request, "JOURNAL_UNAVAILABLE");
}

} // namespace

api_actor::behavior_type face_api_state::make_behavior() {
  return {[this](const http_exchange& x) { on_exchange(x); }};
}

void face_api_state::on_exchange(const http_exchange& x) {
  if (x.route.ends_with("/auth/client"))
    return sign_in(x);
  auto caller = judge_caller(*env_.now(), *x.request, env_.wall());
  if (!caller)
    return x.respond(stranger(*x.request, caller.error()));
  self_->request(env_.face_registry, caf::infinite, admit_client{caller->who})
      .then(
          [this, x, source = caller->key_source](const client_admission& admitted) {
            if (admitted.retry_after.count() > 0)
              return x.respond(throttled(*x.request, admitted.retry_after));
            serve({x, admitted.client, source});
          },
          [x, unknown = caller->if_unknown](const caf::error& e) {
            x.respond(e == errc::not_found          ? stranger(*x.request, unknown)
                      : e == errc::tenant_suspended ? stranger(*x.request, bad_client)
                                                    : unavailable(*x.request, "JOURNAL_UNAVAILABLE"));
          });
}

void face_api_state::serve(const call& c) {
  auto route = c.x.route;
  if (route.ends_with("/enrollment"))
    return enrol(c);
  if (route.ends_with("/authentication"))
    return authenticate(c);
  if (route.ends_with("/status"))
    return show_session(c);
  if (route.starts_with("/api/auth/session/"))
    return cancel_session(c);
  c.x.request->method == "POST" ? create_user(c) : on_user(c);
}

// -- signing in -------------------------------------------------------------------------------------------------------

void face_api_state::sign_in(const http_exchange& x) {
  auto body = json_body(*x.request);
  if (!body)
    return x.respond(body.error());
  using need = field_reader::need;
  field_errors errors;
  field_reader fields{*body, errors};
  auto client_id = fields.text("client_id", need::optional);
  auto api_key = fields.text("api_key", client_id.empty() ? need::required : need::optional);
  // The name of the secret decides what results are encrypted under; the older name only when the newer is not there.
  auto secret = fields.text("secret_key", need::optional);
  auto source = secret.empty() ? face::key_source::api_key : face::key_source::secret_key;
  if (secret.empty())
    secret = fields.text("api_secret", need::required);
  if (!errors.empty())
    return x.respond(errors.answer(*x.request));
  auto by = api_key.empty() ? client_credential::kind::client_id : client_credential::kind::api_key;
  self_
      ->request(env_.face_registry, caf::infinite,
                authenticate_client{{by, api_key.empty() ? client_id : api_key}, std::move(secret)})
      .then(
          [this, x, source, client_id](const face::tenant_record& client) {
            if (!client_id.empty() && client_id != client.client_id)
              return x.respond(refusal_of_sign_in(*x.request, caf::make_error(errc::access_denied)));
            signed_in(x, client, source);
          },
          [x](const caf::error& e) { x.respond(refusal_of_sign_in(*x.request, e)); });
}

void face_api_state::signed_in(const http_exchange& x, const face::tenant_record& client, face::key_source source) {
  auto config = env_.now();
  auto now = env_.wall();
  auto life = config->settings.face.token_ttl;
  face::client_claims claims{client.client_id, source, uuid::make().text(), unix_seconds(now),
                             unix_seconds_ceil(now + life)};
  auto token = face::mint_client_token(config->tokens, claims);
  json::object_writer limits, body{1024};
  limits.number("per_hour", client.per_hour).number("per_day", client.per_day);
  body.text("token", token)
      .text("access_token", token)
      .text("jwt_token", token)
      .text("token_type", "JWT")
      .number("expires_in", std::chrono::ceil<seconds>(life).count())
      .text("expires_at", iso8601(from_unix_ms(claims.expires_at * 1000)))
      .text("client_id", client.client_id)
      .text("client_name", client.client_name)
      .text("tier", client.tier)
      .text("api_key", client.api_key)
      .raw("features", client.features)
      .raw("rate_limits", limits.done());
  x.respond(no_store(json_answer(200, body.done())));
}

} // namespace mdai
