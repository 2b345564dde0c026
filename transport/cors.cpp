#include "transport/router.hpp"

#include <algorithm>

#include "transport/detail/text.hpp"

namespace mdai::transport {
namespace {

/// Whether the page came from us: scheme, host and port, as browsers write them (without the scheme's own
/// port).
bool is_own(std::string_view origin, const http_request& request) {
  const std::string_view scheme = request.secure ? "https://" : "http://";
  const std::string_view default_port = request.secure ? ":443" : ":80";
  std::string_view host = request.host;
  if (host.ends_with(default_port))
    host.remove_suffix(default_port.size());
  return !host.empty() && origin.starts_with(scheme) && detail::equal_without_case(origin.substr(scheme.size()), host);
}

} // namespace

bool cors_policy::allows(const http_request& request) const {
  if (!request.headers.contains("Origin"))
    return true;
  const auto origin = request.headers.get("Origin");
  return is_own(origin, request) ||
         std::any_of(allowed_origins.begin(), allowed_origins.end(),
                     [origin](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

} // namespace mdai::transport
