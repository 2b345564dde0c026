#pragma once
#include <string>
#include <string_view>

#include "bench/sim/outcome.hpp"

namespace mdai::sim {

/// An absolute http, https, ws or wss URL, taken apart.
struct url {
  bool secure = false;
  std::string host; ///< without the brackets of an IPv6 address
  std::string port;
  std::string path; ///< with the query; "" or "/…"

  static outcome<url> parse(std::string_view text);

  /// "host:port" as a Host header has it.
  std::string authority() const;
  /// "wss://host:port/…"
  std::string websocket() const;
  /// "https://host:port", without a path: what people call the place.
  std::string origin() const;
  /// This place with `more` behind its path.
  url at(std::string_view more) const;
};

} // namespace mdai::sim
