#include "transport/detail/wire_tls.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace mdai::transport::detail {
namespace {

/// One record at a time would be 16 KiB; OpenSSL cuts by itself.
constexpr std::size_t write_at_once = 1u << 20;

tls_channel& channel_of(BIO* bio) { return *static_cast<tls_channel*>(BIO_get_data(bio)); }

int read_channel(BIO* bio, char* into, int room) {
  auto& input = channel_of(bio).input;
  BIO_clear_retry_flags(bio);
  if (input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto n = std::min(input.size(), static_cast<std::size_t>(room));
  std::memcpy(into, input.data(), n);
  input.remove_prefix(n);
  return static_cast<int>(n);
}

int write_channel(BIO* bio, const char* from, int bytes) {
  channel_of(bio).output.append(from, static_cast<std::size_t>(bytes));
  return bytes;
}

long control_channel(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* channel_method() {
  static BIO_METHOD* const method = [] {
    auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mdai channel");
    BIO_meth_set_read(m, read_channel);
    BIO_meth_set_write(m, write_channel);
    BIO_meth_set_ctrl(m, control_channel);
    return m;
  }();
  return method;
}

} // namespace

tls_channel::tls_channel()
    : bio_(BIO_new(channel_method())) {
  if (!bio_)
    throw std::bad_alloc{};
  BIO_set_data(bio_, this);
  BIO_set_init(bio_, 1);
}

tls_channel::~tls_channel() { BIO_free(bio_); }

tls_session::tls_session(context_ptr context, tls_channel& channel, bool begins)
    : context_(std::move(context))
    , ssl_(SSL_new(context_->native_handle()))
    , begins_(begins) {
  if (!ssl_)
    throw std::bad_alloc{};
  use(channel);
}

void tls_session::use(tls_channel& channel) {
  channel_ = &channel;
  BIO_up_ref(channel.bio());
  SSL_set0_rbio(ssl_.get(), channel.bio()); // takes the reference
  BIO_up_ref(channel.bio());
  SSL_set0_wbio(ssl_.get(), channel.bio());
}

tls_session::tls_session(context_ptr context, tls_channel& channel)
    : tls_session(std::move(context), channel, false) {
  SSL_set_accept_state(ssl_.get());
}

tls_session::tls_session(context_ptr context, tls_channel& channel, const std::string& host)
    : tls_session(std::move(context), channel, true) {
  SSL_set_connect_state(ssl_.get());
  auto* expected = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1)
    return; // RFC 6066 section 3: no literal addresses in SNI
  if (X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) != 1 ||
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1)
    throw std::bad_alloc{};
}

bool tls_session::peer_said_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

bool tls_session::distrusts() const { return !secured_ && SSL_get_verify_result(ssl_.get()) != X509_V_OK; }

tls_session::status tls_session::handshake() {
  ERR_clear_error();
  const int n = SSL_do_handshake(ssl_.get());
  if (n == 1) {
    secured_ = true;
    return status::done;
  }
  return SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ ? status::want_input : status::failed;
}

tls_session::status tls_session::read(char* into, std::size_t room, std::size_t& bytes) {
  bytes = 0;
  while (bytes < room) {
    ERR_clear_error();
    std::size_t n = 0;
    if (SSL_read_ex(ssl_.get(), into + bytes, room - bytes, &n) == 1) {
      bytes += n;
      if (channel_->input.empty() && SSL_has_pending(ssl_.get()) == 0)
        return status::want_input; // it would only say so itself
      continue;
    }
    switch (SSL_get_error(ssl_.get(), 0)) {
    case SSL_ERROR_WANT_READ:
      return status::want_input;
    case SSL_ERROR_ZERO_RETURN:
      return status::closed;
    default:
      return status::failed;
    }
  }
  return status::done;
}

bool tls_session::write(std::string_view plaintext) {
  while (!plaintext.empty()) {
    ERR_clear_error();
    std::size_t n = 0;
    if (SSL_write_ex(ssl_.get(), plaintext.data(), std::min(plaintext.size(), write_at_once), &n) != 1)
      return false;
    plaintext.remove_prefix(n);
  }
  return true;
}

void tls_session::close() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

} // namespace mdai::transport::detail
