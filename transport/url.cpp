#include "transport/http_client.hpp"

#include <algorithm>

#include "transport/detail/text.hpp"

namespace mdai::transport {
namespace {

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

/// Takes "http://" or "https://" off the front.
bool take_scheme(std::string_view& text, bool& secure) {
  for (std::string_view scheme : {"http://", "https://"})
    if (detail::equal_without_case(text.substr(0, scheme.size()), scheme)) {
      secure = scheme.size() == 8;
      text.remove_prefix(scheme.size());
      return true;
    }
  return false;
}

/// "host:port" or "[v6]:port", already valid, into its parts.
void take_apart(std::string_view authority, url& out) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    out.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
  } else {
    out.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(out.host.size());
  }
  out.port = authority.empty() ? (out.secure ? "443" : "80") : std::string{authority.substr(1)};
}

} // namespace

result<url> url::parse(std::string_view text) {
  url out;
  if (!std::all_of(text.begin(), text.end(), is_visible) || !take_scheme(text, out.secure))
    return errc::invalid_value;
  text = text.substr(0, text.find('#'));
  const auto authority = text.substr(0, text.find_first_of("/?"));
  if (!detail::is_host(authority))
    return errc::invalid_value;
  take_apart(authority, out);
  out.target = text.substr(authority.size());
  if (!out.target.starts_with('/'))
    out.target.insert(0, 1, '/');
  return out;
}

std::string url::origin() const {
  std::string out = secure ? "https://" : "http://";
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? "443" : "80"))
    out += ":" + port;
  return out;
}

} // namespace mdai::transport
