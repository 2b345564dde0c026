#pragma once
#include <map>
#include <string>

#include "bench/sim/outcome.hpp"
#include "bench/sim/reactor.hpp"
#include "bench/sim/tls_trust.hpp"
#include "bench/sim/url.hpp"

namespace mdai::sim {

struct http_call {
  std::string method = "GET";
  url where;
  std::map<std::string, std::string> headers;
  std::string body;
};

struct http_answer {
  unsigned status = 0;
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;

  /// The header's value, or empty.
  std::string header(const std::string& lower_case_name) const;
};

/// One request on its own connection. `limit` counts for each of connecting, the TLS handshake and the
/// exchange.
outcome<http_answer> fetch(reactor& r, const http_call& call, const tls_trust& trust, milliseconds limit);

} // namespace mdai::sim
