#include "actors/api.hpp"

#include "actors/backend_call.hpp"
#include "actors/hosted.hpp"
#include "actors/http_answers.hpp"
#include "actors/json_body.hpp"
#include "actors/live_session.hpp"
#include "actors/log.hpp"
#include "actors/session_tokens.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/qr.hpp"

namespace mdai {
namespace {

/// Requests that wait for the breaker's trial; more are told to come back.
constexpr std::size_t max_waiting = 4096;
/// A call that has not ended this long after its timeout has died.
constexpr seconds call_slack{5};

backend_request validation_request(const configuration& config, const transport::http_request& request,
                                   const std::string& token) {
  backend_request x;
  x.timeout = config.settings.backend.validate_timeout;
  x.request.where = config.validate_url;
  x.request.headers.set("Authorization", "Bearer " + token);
  x.request.headers.set("Accept", "application/json");
  set_trace(x.request, trace_of(request));
  return x;
}

/// The session that a phone wants to join: in the query, or in a JSON body.
std::optional<std::string> named_session(const transport::http_request& request) {
  if (auto named = request.query_value("session_id"); named && !named->empty())
    return named;
  if (request.body.empty())
    return std::nullopt;
  return name_member(nlohmann::json::parse(request.body, nullptr, false), "session_id");
}

} // namespace

api_state::api_state(interface::pointer self, environment& env, std::size_t loop_index)
    : self_(self)
    , env_(env)
    , loop_index_(loop_index) {}

api_actor::behavior_type api_state::make_behavior() {
  return {[this](const http_exchange& x) { on_exchange(x); }};
}

// Most of our requests begin alike: whose bearer is it?
void api_state::on_exchange(const http_exchange& x) {
  if (x.route == bridge_route)
    return authorize_hardware(x);
  if (x.route == mobile_route)
    return authenticate_mobile(x);
  bool creates = !x.request->params.contains("id");
  if (creates && x.request->method == "HEAD") { // of a GET that makes something
    auto refusal = http_error(*x.request, 405, "METHOD_NOT_ALLOWED", "This path does not take this method");
    refusal.headers.set("Allow", "GET, POST, OPTIONS");
    return x.respond(std::move(refusal));
  }
  auto token = x.request->bearer();
  if (!token)
    return x.respond(http_error(*x.request, 401, "UNAUTHORIZED", "Authorization bearer token required"));
  validate({x.request, std::move(*token), [this, x, creates](const backend::validation& user) {
              if (user.status != 200)
                return x.respond(backend_refusal(*x.request, user.status));
              creates ? create(x, user.platform_id) : draw_qr(x, user.platform_id);
            }});
}

// -- validation -------------------------------------------------------------------------------------------------------

void api_state::validate(waiting_call call) {
  if (breaker_.on_call() == breaker::verdict::go)
    return call_backend(std::move(call));
  if (waiting_.size() >= max_waiting)
    return call.then({503, {}});
  waiting_.push_back(std::move(call));
}

void api_state::call_backend(waiting_call call) {
  auto config = env_.now();
  auto caller = spawn_on<backend_call_state>(*env_.system, self_->context(), *env_.clients[loop_index_]);
  auto request = validation_request(*config, *call.request, call.token);
  auto done = [this, then = std::move(call.then), rid = call.request->request_id](const backend::reply& reply) {
    auto user = backend::judge_validation(reply);
    bool answered = !reply.error && reply.status < 500;
    if (user.status != 200)
      log::info("validation_refused").with("request_id", rid).with("answer", static_cast<std::int64_t>(user.status));
    auto hope = breaker_.on_result(answered);
    then(user);
    release_waiting(hope, user);
  };
  auto patience = request.timeout + call_slack;
  self_->request(caller, patience, std::move(request)).then(done, [done](const caf::error&) {
    backend::reply lost;
    lost.error = errc::connection_lost;
    done(lost);
  });
}

// The trial's outcome is everybody's: an answer lets all of them ask, a failure is shared.
void api_state::release_waiting(bool hope, const backend::validation& shared) {
  for (auto& call : std::exchange(waiting_, {})) {
    if (hope)
      validate(std::move(call));
    else
      call.then(shared);
  }
}

// -- creating a session -----------------------------------------------------------------------------------------------

void api_state::create(const http_exchange& x, const std::string& platform_id) {
  open_session(x, platform_id, named_session(*x.request), false, [this, x](const session_record& record) {
    auto config = env_.now();
    auto qr = session_qr(*config, record);
    if (!qr)
      return x.respond(http_error(*x.request, 500, "INTERNAL_ERROR", "The session's QR could not be made"));
    json::object_writer body{1024};
    body.boolean("success", true)
        .text("session_id", record.id.hex())
        .text("ws_token", session_token(*config, record, party::mobile))
        .text("ws_url", websocket_url(*config, *x.request, "/ws/mobile"))
        .text("qr_encrypted", *qr)
        .number("expires_in", seconds_left(record, env_.wall()))
        .text("expires_at", iso8601(record.expires_at));
    if (x.request->query_value("qr") == "svg")
      if (auto svg = qr_svg(*qr))
        body.text("qr_svg", *svg);
    x.respond(no_store(json_answer(200, body.done())));
  });
}

// -- drawing its QR ---------------------------------------------------------------------------------------------------

void api_state::draw_qr(const http_exchange& x, const std::string& platform_id) {
  auto not_found = [x] { x.respond(http_error(*x.request, 404, "SESSION_NOT_FOUND", "Session not found")); };
  auto id = object_id::parse(x.request->params.at("id"));
  if (!id)
    return not_found();
  auto draw = [this, x, platform_id, not_found](const session_record& record) {
    // A stranger's session looks like none at all, and so does one that is over.
    if (!crypto::equal_constant_time(record.platform_id, platform_id))
      return not_found();
    auto qr = session_qr(*env_.now(), record);
    bool png = x.request->path.ends_with(".png");
    auto picture = qr ? (png ? qr_png(*qr) : qr_svg(*qr)) : result<std::string>{qr.error()};
    if (!picture)
      return x.respond(http_error(*x.request, 500, "INTERNAL_ERROR", "The session's QR could not be drawn"));
    auto answer = json_answer(200, std::move(*picture));
    answer.content_type = png ? "image/png" : "image/svg+xml";
    x.respond(no_store(std::move(answer)));
  };
  look_at_live(self_, env_, *id, draw, [x, not_found](const caf::error& e) {
    is_gone(e) ? not_found() : x.respond(unavailable(*x.request, "JOURNAL_UNAVAILABLE"));
  });
}

} // namespace mdai
