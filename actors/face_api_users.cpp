#include "actors/face_api.hpp"
#include "actors/http_answers.hpp"
#include "protocol/json_writer.hpp"

/// A tenant's people over REST.
namespace mdai {
namespace {

transport::http_response refusal_of(const transport::http_request& request, const caf::error& why) {
  if (why == errc::already_exists)
    return field_error(request, 400, "USER_EXISTS", "external_user_id",
                       "A user with this external_user_id exists already.");
  if (why == errc::not_found)
    return http_error(request, 404, "USER_NOT_FOUND", "User not found");
  return unavailable(request, "JOURNAL_UNAVAILABLE");
}

std::string shown(const face::user_record& r) {
  json::object_writer body;
  body.text("external_user_id", r.external_user_id)
      .boolean("face_auth_enabled", r.face_auth_enabled)
      .raw("profile", r.profile)
      .boolean("is_enrolled", r.enrolled());
  r.enrolled() ? body.text("enrollment_completed_at", iso8601(*r.enrollment_completed_at))
               : body.null("enrollment_completed_at");
  return body.text("created_at", iso8601(r.created_at)).done();
}

} // namespace

void face_api_state::create_user(const call& c) {
  auto body = json_body(*c.x.request);
  if (!body)
    return c.x.respond(body.error());
  create_face_user wanted;
  wanted.client_id = c.client.client_id;
  field_errors errors;
  field_reader fields{*body, errors};
  wanted.external_user_id = fields.user_id("external_user_id", field_reader::need::required);
  wanted.face_auth_enabled = fields.truth("face_auth_enabled", true);
  if (fields.object("profile"))
    wanted.profile = kept_object(c.x.request->body, "profile", errors).value_or("{}");
  if (!errors.empty())
    return c.x.respond(errors.answer(*c.x.request));
  self_->request(env_.face_registry, caf::infinite, std::move(wanted))
      .then([x = c.x](const face::user_record& r) { x.respond(no_store(json_answer(201, shown(r)))); },
            [x = c.x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); });
}

void face_api_state::on_user(const call& c) {
  auto& request = *c.x.request;
  auto in_path = request.params.find("id");
  auto id = in_path == request.params.end() ? request.query_value("external_user_id").value_or("") : in_path->second;
  if (id.empty())
    return c.x.respond(field_error(request, 400, "VALIDATION_ERROR", "external_user_id", "This field is required."));
  auto fail = [x = c.x](const caf::error& e) { x.respond(refusal_of(*x.request, e)); };
  auto& client_id = c.client.client_id;
  if (request.method == "DELETE") {
    self_->request(env_.face_registry, caf::infinite, erase_face_user{client_id, id})
        .then([x = c.x](stored) { x.respond(no_store(json_answer(204, {}))); }, fail);
    return;
  }
  self_->request(env_.face_registry, caf::infinite, find_face_user{client_id, id})
      .then([x = c.x](const face::user_record& r) { x.respond(no_store(json_answer(200, shown(r)))); }, fail);
}

} // namespace mdai
