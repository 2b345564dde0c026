#include "actors/routes.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "actors/api.hpp"
#include "actors/api_docs.hpp"
#include "actors/connection.hpp"
#include "actors/device_api.hpp"
#include "actors/face_api.hpp"
#include "actors/face_connection.hpp"
#include "actors/http_answers.hpp"
#include "actors/presence.hpp"
#include "actors/web_routes.hpp"

namespace mdai {
namespace {

using transport::http_request;
using transport::http_responder;
using json_object = nlohmann::ordered_json;

const auto process_start = std::chrono::steady_clock::now();

/// Why no new session or socket may come in now; empty: they may.
std::string_view closed_because(const readiness& ready) {
  if (ready.draining)
    return "DRAINING";
  return ready.started ? "" : "STARTING";
}

/// `actors`: one per loop.
transport::http_handler to_actor(environment& env, const std::vector<api_actor>& actors, std::string_view route) {
  return [&env, &actors, route](http_request request, http_responder respond) {
    auto why = closed_because(env.ready);
    if (why.empty() && !env.ready.journal)
      why = "JOURNAL_UNAVAILABLE";
    if (!why.empty())
      return respond(unavailable(request, why));
    auto loop = transport::loop::current();
    ++env.exchanges;
    std::shared_ptr<const http_responder> counted{new http_responder{std::move(respond)},
                                                  [&env](const http_responder* r) {
                                                    delete r;
                                                    --env.exchanges;
                                                  }};
    caf::anon_send(actors[loop ? loop->index() : 0],
                   http_exchange{std::make_shared<http_request>(std::move(request)), std::move(counted), route});
  };
}

/// An empty value is none: templates of clients leave one where they know nothing.
std::optional<std::string> given(const http_request& request, std::string_view name) {
  auto value = request.query_value(name);
  return value && !value->empty() ? value : std::nullopt;
}

transport::upgrade_handler to_connection(environment& env, party who, dialect_id speaks = dialect_id::session) {
  return [&env, who,
          speaks](const http_request& request) -> std::variant<transport::http_response, transport::websocket_accept> {
    if (auto why = closed_because(env.ready); !why.empty())
      return unavailable(request, why);
    auto config = env.now();
    auto& limits = config->settings.limits;
    upgrade_claims claims;
    claims.who = who;
    claims.speaks = speaks;
    claims.trace = trace_of(request);
    claims.query_token = given(request, "token");
    claims.header_token = request.bearer();
    claims.session_id = given(request, "session_id");
    if (claims.needs_device_id())
      claims.device_id = given(request, "device_id");
    transport::websocket_accept accept;
    accept.handler = std::make_shared<connection_port>(env, std::move(claims));
    // Lifted by authentication.
    accept.options.message_limit_bytes = std::min(limits.unauthenticated_bytes, limits.max_message_bytes);
    accept.options.send_queue_limit_bytes = limits.send_queue_bytes;
    accept.options.ping_interval = std::min(limits.ping_interval, limits.silence_limit / 2);
    accept.options.silence_limit = limits.silence_limit;
    return accept;
  };
}

/// The token in the path is the credential: who brings a bad one is told so on the socket.
transport::upgrade_handler to_face_stream(environment& env) {
  return [&env](const http_request& request) -> std::variant<transport::http_response, transport::websocket_accept> {
    if (auto why = closed_because(env.ready); !why.empty())
      return unavailable(request, why);
    auto config = env.now();
    auto& limits = config->settings.limits;
    // A picture that is a little too large shall be told so, on a socket that stays open.
    constexpr std::size_t least = 4u << 20, envelope = 4096;
    transport::websocket_accept accept;
    accept.handler = std::make_shared<face_socket>(env, request.params.at("session_token"), trace_of(request));
    accept.options.message_limit_bytes = std::max(least, config->settings.face.max_image_bytes / 3 * 4 + envelope);
    accept.options.send_queue_limit_bytes = limits.send_queue_bytes;
    accept.options.ping_interval = std::min(limits.ping_interval, limits.silence_limit / 2);
    accept.options.silence_limit = limits.silence_limit;
    return accept;
  };
}

void health(http_request request, http_responder respond) {
  json_object body{{"status", "healthy"}, {"timestamp", iso8601(wall_now())}};
  if (request.path !=
      "/api/health") // that one is the phones', and has no more fields; the rest are the business clients'
    body["service"] = "mdai-broker";
  respond(json_answer(200, body.dump()));
}

transport::http_response status(const environment& env) {
  auto uptime = std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - process_start).count();
  json_object body{{"status", "running"},
                   {"active_sessions", presence::sessions.value()},
                   {"websocket_pairs", presence::pairs.value()},
                   {"multi_scan_detected", presence::multi_scanned.value()},
                   {"connections", {{"mobile", presence::mobiles.value()}, {"device", presence::devices.value()}}},
                   {"uptime_seconds", uptime},
                   {"version", MDAI_VERSION},
                   {"node", env.now()->node},
                   {"timestamp", iso8601(wall_now())}};
  return json_answer(200, body.dump());
}

/// What is the same every time, with and without the slash behind it.
void add_page(transport::router& r, std::initializer_list<std::string> routes, transport::http_response page) {
  auto shared = std::make_shared<const transport::http_response>(std::move(page));
  for (auto& route : routes)
    for (auto slash : {"", "/"})
      r.add("GET", route + slash, [shared](http_request, http_responder respond) { respond(*shared); });
}

void alive(http_request, http_responder respond) { respond(json_answer(200, R"({"status":"alive"})")); }

} // namespace

std::shared_ptr<const transport::router> public_routes(environment& env) {
  auto r = std::make_shared<transport::router>();
  auto serve = [&](std::string method, std::string_view route, const std::vector<api_actor>& by) {
    r->add(std::move(method), route, to_actor(env, by, route));
  };
  for (auto method : {"GET", "POST"})
    serve(method, "/api/mobile/create-session", env.apis);
  serve("GET", "/api/mobile/session/{id}/qr.svg", env.apis);
  serve("GET", "/api/mobile/session/{id}/qr.png", env.apis);
  serve("POST", api_state::mobile_route, env.apis);
  serve("POST", api_state::bridge_route, env.apis);
  for (auto route :
       {device_api_state::register_route, device_api_state::generate_route, device_api_state::validate_route})
    serve("POST", route, env.device_apis);
  add_page(*r, {"/api/schema"}, json_answer(200, api_schema(static_cast<bool>(env.face_registry))));
  add_page(*r, {"/docs", "/api/docs"}, docs_page());
  for (auto route : {"/api/health", "/api/health/", "/health", "/health/", "/api/core/health", "/api/core/health/"})
    r->add("GET", route, health);
  if (env.face_registry)
    for (auto& [method, route] : face_api_state::routes) {
      serve(std::string{method}, route, env.face_apis);
      r->add(std::string{method}, std::string{route} + '/', to_actor(env, env.face_apis, route));
    }
  r->add("GET", "/api/status", [&env](http_request, http_responder respond) { respond(status(env)); });
  r->add("GET", "/healthz", alive);
  // Load balancers need the status only; what is missing is the operators' business, on the admin listener.
  r->add("GET", "/readyz", [&env](http_request request, http_responder respond) {
    if (env.ready.ready())
      return respond(json_answer(200, R"({"status":"ready"})"));
    auto answer = unavailable(request, "NOT_READY");
    answer.body = R"({"status":"not_ready"})";
    respond(std::move(answer));
  });
  r->add_websocket("/ws/mobile", to_connection(env, party::mobile));
  r->add_websocket("/ws/device", to_connection(env, party::device));
  r->add_websocket("/ws/app", to_connection(env, party::mobile, dialect_id::bridge));
  r->add_websocket("/ws/hardware", to_connection(env, party::device, dialect_id::bridge));
  if (env.now()->settings.face.enabled) {
    add_face_page(*r, env.now()->settings.development());
    for (auto path : {"/ws/auth/process-image/{session_token}", "/ws/auth/process-image/{session_token}/"})
      r->add_websocket(path, to_face_stream(env));
  }
  return r;
}

} // namespace mdai
