#include <nlohmann/json.hpp>

#include "actors/api.hpp"
#include "actors/http_answers.hpp"
#include "actors/json_body.hpp"
#include "actors/live_session.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/crypto.hpp"

/// Sessions that a phone begins by itself, and how phones join sessions that are there already.
namespace mdai {

void api_state::open_session(const http_exchange& x, const std::string& platform_id,
                             const std::optional<std::string>& session_id, bool hybrid,
                             std::function<void(const session_record&)> then) {
  auto fail = [x](const caf::error& e) {
    x.respond(is_gone(e) ? http_error(*x.request, 404, "SESSION_NOT_FOUND", "Session not found")
                         : unavailable(*x.request, "JOURNAL_UNAVAILABLE"));
  };
  if (!session_id) {
    create_session wanted{object_id::make(env_.wall()), platform_id, x.request->request_id};
    wanted.hybrid = hybrid;
    self_->request(env_.supervisor_of(wanted.id), caf::infinite, wanted).then(then, fail);
    return;
  }
  auto id = object_id::parse(*session_id);
  if (!id)
    return fail(caf::make_error(errc::not_found));
  ask_session<session_record>(self_, env_, *id, own_session{platform_id, hybrid}, then, fail);
}

void api_state::authenticate_mobile(const http_exchange& x) {
  auto& request = *x.request;
  auto token = request.bearer();
  bool trusted = !token && env_.now()->settings.auth.mobile_trust_body;
  if (!token && !trusted)
    return x.respond(http_error(request, 401, "UNAUTHORIZED", "Authorization bearer token required"));
  auto body = json_body(request);
  if (!body)
    return x.respond(body.error());
  auto platform_id = text_member(*body, "platform_id");
  if (!platform_id)
    return x.respond(http_error(request, 400, "MISSING_FIELD", "platform_id is required"));
  auto session_id = name_member(*body, "session_id");
  if (trusted)
    return create_hybrid(x, *platform_id, session_id);
  validate(
      {x.request, std::move(*token), [this, x, claimed = *platform_id, session_id](const backend::validation& user) {
         if (user.status != 200)
           return x.respond(backend_refusal(*x.request, user.status));
         if (!crypto::equal_constant_time(user.platform_id, claimed))
           return x.respond(http_error(*x.request, 403, "PLATFORM_ID_MISMATCH", "The platform_id is not this user's"));
         create_hybrid(x, claimed, session_id);
       }});
}

void api_state::create_hybrid(const http_exchange& x, const std::string& platform_id,
                              const std::optional<std::string>& session_id) {
  open_session(x, platform_id, session_id, true, [this, x](const session_record& record) {
    auto config = env_.now();
    auto qr = session_qr(*config, record);
    if (!qr)
      return x.respond(http_error(*x.request, 500, "INTERNAL_ERROR", "The session's QR could not be made"));
    nlohmann::ordered_json body{{"success", true},
                                {"token", session_token(*config, record, party::mobile)},
                                {"session_id", record.id.hex()},
                                {"ws_url", websocket_url(*config, *x.request, "/ws/mobile")},
                                {"expires_in", seconds_left(record, env_.wall())},
                                {"qr_payload",
                                 {{"session_id", record.id.hex()},
                                  {"token", session_token(*config, record, party::device)},
                                  {"ws_device_url", websocket_url(*config, *x.request, "/ws/device")},
                                  {"type", "session"}}},
                                {"qr_encrypted", *qr}};
    x.respond(no_store(json_answer(200, body.dump())));
  });
}

} // namespace mdai
