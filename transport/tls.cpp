#include "transport/tls.hpp"

#include <cerrno>
#include <fstream>

#include <boost/system/system_error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mdai::transport {
namespace {

using boost::system::error_code;
namespace ssl = boost::asio::ssl;

constexpr auto ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                         "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                         "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

bool readable(const std::string& file, std::string& why) {
  if (std::ifstream{file}.good())
    return true;
  why = file + ": " + error_code{errno, boost::system::system_category()}.message();
  return false;
}

/// Throws only what creating an SSL_CTX throws: out of memory.
std::shared_ptr<ssl::context> hardened_context() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_cipher_list(native, ciphers);
  // A key under a passphrase must fail, not ask at a terminal.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });
  return context;
}

bool failed(const error_code& ec, const std::string& file, std::string& why) {
  if (ec)
    why = file + ": " + ec.message();
  return bool(ec);
}

} // namespace

tls_server_context::tls_server_context(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file))
    , key_file_(std::move(key_file)) {}

result<void> tls_server_context::reload(std::string& why) {
  if (!readable(certificate_file_, why) || !readable(key_file_, why))
    return errc::bad_certificate;
  auto fresh = hardened_context();
  error_code ec;
  fresh->use_certificate_chain_file(certificate_file_, ec);
  if (failed(ec, certificate_file_, why))
    return errc::bad_certificate;
  ERR_clear_error();
  fresh->use_private_key_file(key_file_, ssl::context::pem, ec);
  if (failed(ec, key_file_, why))
    return errc::bad_certificate;
  if (SSL_CTX_check_private_key(fresh->native_handle()) != 1) {
    why = key_file_ + ": is not the key of " + certificate_file_;
    ERR_clear_error();
    return errc::bad_certificate;
  }
  std::lock_guard lock{mutex_};
  context_ = std::move(fresh);
  return {};
}

std::shared_ptr<ssl::context> tls_server_context::get() const {
  std::lock_guard lock{mutex_};
  return context_;
}

} // namespace mdai::transport
