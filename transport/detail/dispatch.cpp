#include "transport/detail/dispatch.hpp"

#include <algorithm>

#include "transport/detail/text.hpp"

namespace mdai::transport::detail {
namespace {

bool lists(std::string_view field, std::string_view token) {
  const auto parts = split(field, ',');
  return std::any_of(parts.begin(), parts.end(), [=](auto part) { return equal_without_case(trim(part), token); });
}

/// 16 bytes in base64: 22 digits and two pads.
bool is_websocket_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](unsigned char c) {
           return std::isalnum(c) || c == '+' || c == '/';
         });
}

std::string joined(const std::set<std::string>& methods) {
  std::string out;
  for (const auto& m : methods)
    out.append(out.empty() ? "" : ", ").append(m);
  return out;
}

http_response refuse(const http_request& request, unsigned status, std::string_view code, std::string_view text) {
  return error_response(status, code, text, request.request_id);
}

http_response upgrade_required(const http_request& request) {
  auto response = refuse(request, 426, "UPGRADE_REQUIRED", "This path speaks WebSocket only");
  response.headers.set("Upgrade", "websocket");
  return response;
}

/// Answers OPTIONS: a preflight of CORS, or the plain question for methods.
http_response answer_options(const http_request& request, const std::set<std::string>& methods,
                             const cors_policy& cors) {
  http_response response;
  response.status = 204;
  if (!request.headers.contains("Origin") || !request.headers.contains("Access-Control-Request-Method")) {
    response.headers.set("Allow", joined(methods));
    return response;
  }
  if (!cors.allows(request))
    return refuse(request, 403, "ORIGIN_NOT_ALLOWED", "This origin may not call");
  response.headers.set("Access-Control-Allow-Methods", joined(methods));
  response.headers.set("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, X-Request-Id, X-Api-Key, X-Registration-Token, traceparent");
  response.headers.set("Access-Control-Max-Age", "600");
  return response;
}

/// The handshake's own rules; nothing when they are kept.
std::optional<http_response> fault_of_handshake(const http_request& request) {
  if (request.headers.get("Sec-WebSocket-Version") != "13") {
    auto response = upgrade_required(request);
    response.headers.set("Sec-WebSocket-Version", "13");
    return response;
  }
  if (!is_websocket_key(request.headers.get("Sec-WebSocket-Key")) || !request.body.empty())
    return refuse(request, 400, "BAD_REQUEST", "The WebSocket handshake is malformed");
  return std::nullopt;
}

verdict judge_upgrade(const http_request& request, const upgrade_handler& handler, server_core& core,
                      const live_settings& settings, bool exempt) {
  if (auto fault = fault_of_handshake(request))
    return std::move(*fault);
  if (!settings.given.cors.allows(request))
    return refuse(request, 403, "ORIGIN_NOT_ALLOWED", "This origin may not call");
  std::optional<address_counter::ticket> ticket{std::in_place};
  if (!exempt)
    ticket = core.addresses->enter(request.client_address, settings.given.limit.sockets_per_address);
  if (!ticket) {
    auto response = refuse(request, 429, "TOO_MANY_SOCKETS", "Too many WebSockets from this address");
    response.headers.set("Retry-After", "5");
    return response;
  }
  auto decision = handler(request);
  if (auto* refusal = std::get_if<http_response>(&decision))
    return std::move(*refusal);
  return granted_upgrade{std::get<websocket_accept>(std::move(decision)), std::move(*ticket)};
}

} // namespace

bool asks_for_websocket(const http_request& request) {
  return request.method == "GET" && lists(request.headers.get("Upgrade"), "websocket") &&
         lists(request.headers.get("Connection"), "upgrade");
}

verdict judge(http_request& request, server_core& core, const live_settings& settings, bool exempt) {
  const auto match = core.routes->find(request);
  if (match.upgrade && asks_for_websocket(request)) {
    auto decision = judge_upgrade(request, *match.upgrade, core, settings, exempt);
    if (std::holds_alternative<http_response>(decision))
      ++core.counters.refused_upgrades;
    return decision;
  }
  if (match.allowed_methods.empty())
    return refuse(request, 404, "NOT_FOUND", "No such path");
  if (match.http)
    return match.http;
  if (request.method == "OPTIONS")
    return answer_options(request, match.allowed_methods, settings.given.cors);
  if (match.upgrade && request.method == "GET")
    return upgrade_required(request);
  auto response = refuse(request, 405, "METHOD_NOT_ALLOWED", "This path does not take this method");
  response.headers.set("Allow", joined(match.allowed_methods));
  return response;
}

void decorate(http_response& response, const http_request& request, const cors_policy& cors) {
  response.headers.set("X-Request-Id", request.request_id);
  response.headers.set("X-Content-Type-Options", "nosniff");
  if (!request.headers.contains("Origin"))
    return;
  response.headers.add("Vary", "Origin");
  if (!cors.allows(request))
    return;
  const auto& allowed = cors.allowed_origins;
  const bool anybody = std::find(allowed.begin(), allowed.end(), "*") != allowed.end();
  response.headers.set("Access-Control-Allow-Origin", anybody ? "*" : std::string{request.headers.get("Origin")});
  response.headers.set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
}

} // namespace mdai::transport::detail
