#pragma once
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "bench/sim/outcome.hpp"

namespace mdai::load {

struct ssl_free {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL_SESSION* p) const { SSL_SESSION_free(p); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;
using ssl_context = std::unique_ptr<SSL_CTX, ssl_free>;
using ssl_session = std::unique_ptr<SSL_SESSION, ssl_free>;

/// Which certificates to accept; without a file, those the system trusts.
struct trust {
  bool insecure = false;
  std::string ca_file;
};

/// A client that speaks TLS 1.3 only. It keeps no sessions by itself: whoever resumes asks for the tickets.
sim::outcome<ssl_context> make_client_context(const trust& which);

/// The oldest entry of OpenSSL's error queue as a sentence; empties the queue.
std::string tls_error();

} // namespace mdai::load
