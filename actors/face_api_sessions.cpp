#include "actors/face_api.hpp"
#include "actors/http_answers.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/json_writer.hpp"

/// Sessions over REST: begin, watch, cancel.
namespace mdai {
namespace {

using face::session_kind;
using transport::http_request;
using transport::http_response;

constexpr std::uint32_t most_frames = 20, most_blinks = 10, usual_frames = 3, usual_blinks = 1;

http_response refusal_of(const http_request& request, const caf::error& why, session_kind kind) {
  if (why == errc::not_found)
    return field_error(request, kind == session_kind::enrollment ? 400 : 404, "USER_NOT_FOUND", "user_id",
                       "User not found or inactive");
  return unavailable(request, why == errc::overloaded ? "TOO_MANY_SESSIONS" : "JOURNAL_UNAVAILABLE");
}

http_response refusal_of(const http_request& request, const caf::error& why) {
  if (why == errc::not_found)
    return http_error(request, 404, "SESSION_NOT_FOUND", "Session not found");
  if (why == errc::session_over)
    return http_error(request, 409, "SESSION_OVER", "The session is over");
  return unavailable(request, "JOURNAL_UNAVAILABLE");
}

/// What both kinds of session read alike.
void read_common(field_reader& fields, create_face_session& wanted) {
  auto type = fields.text("session_type", field_reader::need::optional);
  auto known = face::parse_session_type(type);
  if (!type.empty() && !known)
    fields.fail("session_type", '"' + type + "\" is not a valid choice.");
  wanted.type = known.value_or(face::session_type::webcam);
}

void read_metadata(field_reader& fields, const std::string& body, field_errors& errors, create_face_session& wanted,
                   const char* frames_name) {
  auto metadata = fields.object("metadata");
  if (!metadata)
    return;
  field_reader inner{*metadata, errors, "metadata"};
  wanted.frames_wanted = inner.number(frames_name, 1, most_frames, usual_frames);
  wanted.required_blinks = inner.number("required_blinks", 0, most_blinks, usual_blinks);
  if (auto kept = kept_object(body, "metadata", errors))
    wanted.metadata = std::move(*kept);
}

std::string answer_of(const configuration& config, const http_request& request, const face::session_record& r,
                      wall_time now) {
  json::object_writer body{1024};
  bool enrols = r.kind == session_kind::enrollment;
  body.text("session_token", r.token).text("session_id", r.session_id.text());
  if (enrols)
    body.text("enrollment_id", r.enrollment_id.text());
  body.text("status", name(r.status));
  if (enrols)
    body.number("target_samples", r.frames_wanted);
  else
    body.text("session_type", name(r.kind)).number("min_frames_required", r.frames_wanted);
  body.number("required_blinks", r.required_blinks)
      .text("expires_at", iso8601(r.expires_at))
      .number("expires_in", std::chrono::ceil<seconds>(r.expires_at - now).count())
      .text("websocket_url", websocket_url(config, request, "/ws/auth/process-image/" + r.token + "/"))
      .text("key_source", name(r.key_source))
      .text("message", enrols ? "Enrollment session created. Connect to websocket_url and stream camera frames."
                              : "Authentication session created. Connect to websocket_url and stream camera frames.");
  return body.done();
}

std::string status_of(const face::session_record& r) {
  json::object_writer body{1024};
  body.text("session_id", r.session_id.text())
      .text("session_token", r.token)
      .text("status", name(r.status))
      .text("session_type", name(r.kind))
      .text("created_at", iso8601(r.created_at))
      .text("expires_at", iso8601(r.expires_at));
  r.completed_at ? body.text("completed_at", iso8601(*r.completed_at)) : body.null("completed_at");
  body.raw("metadata", r.metadata);
  if (r.kind == session_kind::enrollment)
    body.text("enrollment_id", r.enrollment_id.text()).text("enrollment_status", enrollment_status(r));
  else
    body.null("enrollment_status");
  body.number("frames_processed", r.frames_processed);
  r.reason.empty() ? body.null("reason") : body.text("reason", r.reason);
  return body.done();
}

} // namespace

void face_api_state::enrol(const call& c) {
  auto body = optional_json_body(*c.x.request);
  if (!body)
    return c.x.respond(body.error());
  create_face_session wanted;
  wanted.kind = session_kind::enrollment;
  field_errors errors;
  field_reader fields{*body, errors};
  wanted.user_id = fields.user_id("user_id", field_reader::need::required);
  read_common(fields, wanted);
  read_metadata(fields, c.x.request->body, errors, wanted, "target_samples");
  errors.empty() ? create_session(c, std::move(wanted)) : c.x.respond(errors.answer(*c.x.request));
}

void face_api_state::authenticate(const call& c) {
  auto body = optional_json_body(*c.x.request);
  if (!body)
    return c.x.respond(body.error());
  create_face_session wanted;
  field_errors errors;
  field_reader fields{*body, errors};
  wanted.user_id = fields.user_id("user_id", field_reader::need::optional);
  wanted.kind = wanted.user_id.empty() ? session_kind::identification : session_kind::verification;
  wanted.require_liveness = fields.truth("require_liveness", true);
  read_common(fields, wanted);
  read_metadata(fields, c.x.request->body, errors, wanted, "min_frames_required");
  errors.empty() ? create_session(c, std::move(wanted)) : c.x.respond(errors.answer(*c.x.request));
}

void face_api_state::create_session(const call& c, create_face_session wanted) {
  auto kind = wanted.kind;
  wanted.client_id = c.client.client_id;
  wanted.key_source = c.key_source;
  wanted.request_id = c.x.request->request_id;
  self_->request(env_.face_registry, caf::infinite, std::move(wanted))
      .then(
          [this, x = c.x](const face::session_record& r) {
            x.respond(no_store(json_answer(201, answer_of(*env_.now(), *x.request, r, env_.wall()))));
          },
          [x = c.x, kind](const caf::error& e) { x.respond(refusal_of(*x.request, e, kind)); });
}

void face_api_state::show_session(const call& c) {
  self_->request(env_.face_registry, caf::infinite, find_face_session{c.client.client_id, c.x.request->params.at("id")})
      .then([x = c.x](const face::session_record& r) { x.respond(no_store(json_answer(200, status_of(r)))); },
            [x = c.x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

void face_api_state::cancel_session(const call& c) {
  self_
      ->request(env_.face_registry, caf::infinite,
                cancel_face_session{c.client.client_id, c.x.request->params.at("id")})
      .then(
          [x = c.x](const face::session_record&) {
            x.respond(no_store(json_answer(200, R"({"success":true,"message":"Session cancelled"})")));
          },
          [x = c.x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

} // namespace mdai
