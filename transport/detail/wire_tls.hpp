#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace mdai::transport::detail {

/// The way of ciphertext between OpenSSL and the sockets of one loop: one BIO for all of them, over whatever the socket
/// at hand received and has to send. Asio's own stream holds two BIOs and 34 KB of buffers for each connection.
class tls_channel {
public:
  tls_channel();
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  std::string_view input; ///< received and not yet read by OpenSSL
  std::string output;     ///< to be sent
  BIO* bio() const { return bio_; }

private:
  BIO* bio_;
};

/// TLS for one connection: plaintext above, a channel below. On the loop's thread; the caller
/// gives input before a call and sends output after it.
class tls_session {
public:
  using context_ptr = std::shared_ptr<boost::asio::ssl::context>;

  /// The server's side. `context` is kept as long as the session: a reload does not touch it.
  tls_session(context_ptr context, tls_channel& channel);
  /// The client's side: the peer's certificate has to be that of `host`, a name or an address.
  tls_session(context_ptr context, tls_channel& channel, const std::string& host);

  enum class status {
    done,
    want_input, ///< nothing more to be had from what has come
    closed,     ///< the peer said goodbye
    failed,
  };
  status handshake();
  bool secured() const { return secured_; }
  /// Whether it speaks first.
  bool begins() const { return begins_; }
  /// Whether the peer has ended its half as TLS has it, so that nothing was cut off.
  bool peer_said_goodbye() const;
  /// Whether the handshake failed for the peer's certificate.
  bool distrusts() const;
  /// Reads as much as fits; `bytes` tells how much even when the status is not done.
  status read(char* into, std::size_t room, std::size_t& bytes);
  bool write(std::string_view plaintext);
  /// Says goodbye.
  void close();

  /// From now on its ciphertext goes another way.
  void use(tls_channel& channel);

private:
  tls_session(context_ptr context, tls_channel& channel, bool begins);

  struct free_ssl {
    void operator()(SSL* s) const { SSL_free(s); }
  };

  context_ptr context_;
  tls_channel* channel_ = nullptr;
  std::unique_ptr<SSL, free_ssl> ssl_;
  const bool begins_;
  bool secured_ = false;
};

} // namespace mdai::transport::detail
