#pragma once
#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "bench/sim/outcome.hpp"

namespace mdai::sim {

/// Whom a TLS client believes.
struct tls_trust {
  bool insecure = false; ///< anybody: self-signed certificates in development
  std::string ca_file;   ///< PEM bundle; empty: the system's
};

/// A client context under that trust; fails when the CA file cannot be read.
outcome<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const tls_trust& trust);

} // namespace mdai::sim
