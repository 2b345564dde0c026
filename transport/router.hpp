#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "transport/http.hpp"
#include "transport/websocket.hpp"

namespace mdai::transport {

/// Takes one request on the loop it arrived on.
using http_handler = std::function<void(http_request, http_responder)>;

/// A granted upgrade.
struct websocket_accept {
  std::shared_ptr<websocket_handler> handler;
  websocket_options options;
};
/// Decides on an upgrade before it happens: an http_response refuses.
using upgrade_handler = std::function<std::variant<http_response, websocket_accept>(const http_request&)>;

/// Which browsers may call. No `Origin` and same-origin always pass.
struct cors_policy {
  std::vector<std::string> allowed_origins; ///< exact origins, or "*"
  bool allows(const http_request& request) const;
};

/// Paths to handlers. Filled before the server starts, read-only afterwards (so any thread may route).
class router {
public:
  /// `pattern` like "/api/mobile/session/{id}/qr.svg".
  void add(std::string method, std::string_view pattern, http_handler handler);
  /// `pattern` as above.
  void add_websocket(std::string_view pattern, upgrade_handler handler);

  /// Method and pattern of every HTTP route, in the order they were added.
  std::vector<std::pair<std::string, std::string>> http_routes() const;

  struct match {
    const http_handler* http = nullptr;
    const upgrade_handler* upgrade = nullptr;
    std::set<std::string> allowed_methods; ///< of the path; empty: unknown path
  };
  /// Fills `request.params`. HEAD matches GET.
  match find(http_request& request) const;

private:
  struct route {
    std::vector<std::string> segments;
    std::string method; ///< empty: WebSocket
    http_handler http;
    upgrade_handler upgrade;
  };
  std::vector<route> routes_;
};

} // namespace mdai::transport
