#pragma once
#include <array>
#include <functional>
#include <string>
#include <variant>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace mdai::transport::detail {

namespace net = boost::asio;
using boost::system::error_code;
using tcp = net::ip::tcp;
using plain_stream = net::basic_stream_socket<tcp, net::io_context::executor_type>;
/// Beast's, because it writes a frame's header and body as one record.
using tls_stream = boost::beast::ssl_stream<plain_stream>;

/// A connected socket of the HTTP client, plain or TLS: the only place where it knows of the difference. One read and
/// one write at a time; the caller keeps stream and buffers alive until `done`, which never runs inside the call.
class byte_stream {
public:
  using done = std::function<void(error_code, std::size_t)>;

  explicit byte_stream(plain_stream socket)
      : stream_(std::move(socket)) {}
  byte_stream(plain_stream socket, net::ssl::context& context)
      : stream_(std::in_place_type<tls_stream>, std::move(socket), context) {}

  bool is_tls() const { return stream_.index() == 1; }
  plain_stream& socket();
  /// nullptr when plain.
  tls_stream* tls() { return std::get_if<tls_stream>(&stream_); }

  /// The TLS handshake; at once when plain.
  void handshake(net::ssl::stream_base::handshake_type side, done then);
  void read_some(net::mutable_buffer into, done then);
  /// All of it.
  void write(const std::array<net::const_buffer, 2>& bytes, done then);
  /// What is under way ends with operation_aborted.
  void close();

private:
  std::variant<plain_stream, tls_stream> stream_;
};

} // namespace mdai::transport::detail
