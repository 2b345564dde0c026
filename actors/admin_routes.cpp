#include <nlohmann/json.hpp>

#include "actors/admin_api.hpp"
#include "actors/credentials.hpp"
#include "actors/http_answers.hpp"
#include "actors/metered.hpp"
#include "actors/metric.hpp"
#include "actors/routes.hpp"

namespace mdai {
namespace {

using transport::http_request;
using transport::http_responder;
using json_object = nlohmann::ordered_json;

transport::http_handler to_admin_api(environment& env, std::string_view route) {
  return [&env, route](http_request request, http_responder respond) {
    caf::anon_send(env.admin_api, http_exchange{std::make_shared<http_request>(std::move(request)),
                                                std::make_shared<http_responder>(std::move(respond)), route});
  };
}

/// Only for who knows ADMIN_TOKEN.
transport::http_handler guarded(environment& env, transport::http_handler inner) {
  return [&env, inner = std::move(inner)](http_request request, http_responder respond) {
    if (!is_admin(*env.now(), request))
      return respond(http_error(request, 401, "UNAUTHORIZED", "Authorization bearer token required"));
    inner(std::move(request), std::move(respond));
  };
}

void metrics(http_request, http_responder respond) {
  auto answer = json_answer(200, metrics_text());
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  respond(std::move(answer));
}

void actors(http_request, http_responder respond) {
  auto types = json_object::array();
  for_each_actor_type([&](std::string_view type, const actor_counters& c) {
    types.push_back({{"type", type},
                     {"alive", c.alive.load()},
                     {"spawned", c.spawned.load()},
                     {"failed", c.failed.load()},
                     {"restarted", c.restarted.load()},
                     {"mailbox", c.mailbox.load()},
                     {"messages", c.messages.load()}});
  });
  respond(json_answer(200, json_object{{"actors", std::move(types)}}.dump(2)));
}

void ready(const environment& env, const http_request& request, const http_responder& respond) {
  auto missing = json_object::array();
  if (!env.ready.started)
    missing.push_back("starting: the journal is being recovered");
  if (!env.ready.journal)
    missing.push_back("journal: the disk takes no writes");
  if (env.ready.draining)
    missing.push_back("draining: the broker is shutting down");
  if (missing.empty())
    return respond(json_answer(200, R"({"status":"ready"})"));
  auto answer = unavailable(request, "NOT_READY");
  answer.body = json_object{{"status", "not_ready"}, {"not_ready", std::move(missing)}}.dump();
  respond(std::move(answer));
}

} // namespace

std::shared_ptr<const transport::router> admin_routes(environment& env) {
  auto r = std::make_shared<transport::router>();
  r->add("GET", "/healthz",
         [](http_request, http_responder respond) { respond(json_answer(200, R"({"status":"alive"})")); });
  r->add("GET", "/readyz", [&env](http_request request, http_responder respond) { ready(env, request, respond); });
  auto locked_metrics = guarded(env, metrics);
  r->add("GET", "/metrics", [&env, locked_metrics](http_request request, http_responder respond) {
    if (env.now()->settings.admin.metrics_open)
      metrics(std::move(request), std::move(respond));
    else
      locked_metrics(std::move(request), std::move(respond));
  });
  r->add("GET", "/actors", guarded(env, actors));
  for (auto& [method, pattern] : admin_api_state::routes)
    r->add(std::string{method}, pattern, guarded(env, to_admin_api(env, pattern)));
  return r;
}

} // namespace mdai
