#include "actors/routes.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "actors/connection.hpp"
#include "actors/http_answers.hpp"
#include "actors/presence.hpp"

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

transport::http_handler to_api(environment& env) {
  return [&env](http_request request, http_responder respond) {
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
    caf::anon_send(env.apis[loop ? loop->index() : 0],
                   http_exchange{std::make_shared<http_request>(std::move(request)), std::move(counted)});
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

void health(http_request, http_responder respond) {
  respond(json_answer(200, json_object{{"status", "healthy"}, {"timestamp", iso8601(wall_now())}}.dump()));
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

void alive(http_request, http_responder respond) { respond(json_answer(200, R"({"status":"alive"})")); }

} // namespace

std::shared_ptr<const transport::router> public_routes(environment& env) {
  auto r = std::make_shared<transport::router>();
  for (auto method : {"GET", "POST"})
    r->add(method, "/api/mobile/create-session", to_api(env));
  r->add("GET", "/api/mobile/session/{id}/qr.svg", to_api(env));
  r->add("GET", "/api/mobile/session/{id}/qr.png", to_api(env));
  r->add("GET", "/api/health", health);
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
  r->add("POST", "/auth", to_api(env));
  r->add_websocket("/ws/app", to_connection(env, party::mobile, dialect_id::bridge));
  r->add_websocket("/ws/hardware", to_connection(env, party::device, dialect_id::bridge));
  return r;
}

} // namespace mdai
