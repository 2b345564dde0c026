// config: what counts as an address, a network, a URL or an origin in settings. Pure functions; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mdai::config {

/// An IPv4 or IPv6 literal.
bool is_address(std::string_view text);
/// An address, or a block of them like "10.0.0.0/8" or "fd00::/8".
bool is_network(std::string_view text);

/// The head of an absolute URL.
struct web_address {
  std::string scheme; ///< lower case
  std::string host;   ///< a name, an IPv4 address or an IPv6 address in brackets
  std::string rest;   ///< path and query, as written
};
/// Nothing when `text` is not `scheme://host[:port][/path][?query]`: user names, fragments, blanks and
/// control characters have no place in a setting.
std::optional<web_address> parse_web_address(std::string_view text);

/// Absolute, http or https.
bool is_http_url(std::string_view text);
/// "*", or scheme and host without a path, as browsers send it (RFC 6454): "https://app.example.com".
bool is_origin(std::string_view text);
/// Whether a URL's host is this machine.
bool is_loopback(const web_address& where);

} // namespace mdai::config
