#pragma once
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "tests/transport/support.hpp"

namespace mdai::transport::test {

namespace ssl = net::ssl;

/// A client that believes every certificate.
class tls_peer : public patient {
public:
  explicit tls_peer(unsigned short port, int version = 0)
      : stream_(io_, context_) {
    if (version != 0) {
      SSL_set_min_proto_version(stream_.native_handle(), version);
      SSL_set_max_proto_version(stream_.native_handle(), version);
    }
    stream_.next_layer().connect({net::ip::address_v4::loopback(), port});
    await(failure, [&](auto then) { stream_.async_handshake(ssl::stream_base::client, then); });
  }
  response ask(const std::string& target) {
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, "localhost");
    await([&](auto then) { http::async_write(stream_, request, then); });
    beast::flat_buffer buffer;
    response answer;
    await([&](auto then) { http::async_read(stream_, buffer, answer, then); });
    return answer;
  }
  long serial() {
    const std::unique_ptr<X509, decltype(&X509_free)> shown{SSL_get1_peer_certificate(stream_.native_handle()),
                                                            &X509_free};
    return ASN1_INTEGER_get(X509_get_serialNumber(shown.get()));
  }
  std::string version() { return SSL_get_version(stream_.native_handle()); }
  std::string cipher() { return SSL_get_cipher_name(stream_.native_handle()); }
  beast::ssl_stream<tcp::socket>& stream() { return stream_; }

  error_code failure;

private:
  ssl::context context_{ssl::context::tls_client};
  beast::ssl_stream<tcp::socket> stream_;
};

/// The same after the upgrade of /ws.
class tls_websocket : public tls_peer {
public:
  explicit tls_websocket(unsigned short port)
      : tls_peer(port)
      , socket_(stream()) {
    await([&](auto then) { socket_.async_handshake("localhost", "/ws", then); });
  }
  void send_text(const std::string& text) {
    await([&](auto then) { socket_.async_write(net::buffer(text), then); });
  }
  std::string read_text() {
    beast::flat_buffer buffer;
    await([&](auto then) { socket_.async_read(buffer, then); });
    return beast::buffers_to_string(buffer.data());
  }
  /// How the server's goodbye is heard, TLS's included.
  error_code read_end() {
    error_code ec;
    beast::flat_buffer buffer;
    await(ec, [&](auto then) { socket_.async_read(buffer, then); });
    return ec;
  }
  void close(beast::websocket::close_code code) {
    error_code ignored;
    await(ignored, [&](auto then) { socket_.async_close(code, then); });
  }

private:
  beast::websocket::stream<beast::ssl_stream<tcp::socket>&> socket_;
};

} // namespace mdai::transport::test
