#pragma once
#include "bench/load/stream.hpp"
#include "bench/load/tls.hpp"
#include "bench/sim/url.hpp"

namespace mdai::load {

/// The server under load.
struct site {
  sim::url where;
  endpoint at; ///< refers to `tls`
  ssl_context tls;

  /// Looks the host up (IPv4). Blocks.
  static sim::outcome<site> resolve(const std::string& url, const trust& which);
  /// The source address of connection `i`, `per_address` of them from each of 127.0.0.1, 127.0.0.2, …: a TCP port
  /// range ends, and closed connections keep their ports for a while. 0 (any) for a server that is not on loopback.
  std::uint32_t source(std::size_t i, std::size_t per_address) const;
};

} // namespace mdai::load
