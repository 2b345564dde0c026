#pragma once
#include <variant>

#include "transport/detail/server_core.hpp"

/// What a whole request meets before and after its handler: routes, methods, CORS, upgrade rules. No I/O
/// here.
namespace mdai::transport::detail {

/// An upgrade that every rule and the handler granted.
struct granted_upgrade {
  websocket_accept accept;
  address_counter::ticket ticket;
};

using verdict = std::variant<http_response, const http_handler*, granted_upgrade>;

/// Whether a request asks for a WebSocket (RFC 6455 section 4.1), well or badly.
bool asks_for_websocket(const http_request& request);

/// Finds the route and applies the rules; `exempt` are callers that no socket limit binds. Calls an upgrade's
/// handler, no other.
verdict judge(http_request& request, server_core& core, const live_settings& settings, bool exempt);

/// Adds what every response carries, and CORS headers where the caller's origin may read it.
void decorate(http_response& response, const http_request& request, const cors_policy& cors);

} // namespace mdai::transport::detail
