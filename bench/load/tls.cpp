#include "bench/load/tls.hpp"

#include <openssl/err.h>

namespace mdai::load {

std::string tls_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0)
    return "TLS failed without a reason";
  const char* reason = ERR_reason_error_string(code);
  return std::string{"TLS: "} + (reason != nullptr ? reason : "unknown error");
}

sim::outcome<ssl_context> make_client_context(const trust& which) {
  ssl_context out{SSL_CTX_new(TLS_client_method())};
  if (!out)
    return sim::failed(tls_error());
  SSL_CTX_set_min_proto_version(out.get(), TLS1_3_VERSION);
  SSL_CTX_set_mode(out.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(out.get(), 1); // one recv for many records
  SSL_CTX_set_options(out.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_verify(out.get(), which.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  const int trusted = which.ca_file.empty() ? SSL_CTX_set_default_verify_paths(out.get())
                                            : SSL_CTX_load_verify_locations(out.get(), which.ca_file.c_str(), nullptr);
  if (trusted != 1)
    return sim::failed("--ca: " + tls_error());
  return out;
}

} // namespace mdai::load
