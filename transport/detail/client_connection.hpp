#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "transport/detail/byte_stream.hpp"
#include "transport/http_client.hpp"

namespace mdai::transport::detail {

/// One connection of the client: opened once, then one request after the other. On the loop's thread.
class client_connection : public std::enable_shared_from_this<client_connection> {
public:
  /// `reusable`: another request may follow.
  using outcome = std::function<void(result<http_response>, bool reusable)>;

  /// `tls`: nullptr for plain.
  client_connection(net::io_context& io, net::ssl::context* tls, std::size_t max_response_bytes);

  /// Sends the request, on a new connection after opening it. Calls `then` once, never inside the call; not
  /// after close().
  void exchange(std::shared_ptr<const client_request> request, outcome then);
  void close();

  bool is_open() const { return opened_; }
  /// Whether any byte of the current answer has come.
  bool answered() const { return answered_; }
  /// False when the peer closed it meanwhile, or talks out of turn.
  bool is_fresh();

private:
  void open();
  void connect(const tcp::resolver::results_type& endpoints);
  bool prepare_tls();
  void on_connected(error_code ec);
  void on_handshake(error_code ec);
  void begin();
  void read();
  void on_read(error_code ec, std::size_t bytes);
  void on_end_of_stream(error_code ec);
  void parse();
  void reset_parser();
  void fail(errc code);
  void fail(error_code parser_error);
  void finish();
  void done(result<http_response> answer, bool reusable);

  using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
  using resolver = net::ip::basic_resolver<tcp, net::io_context::executor_type>;

  byte_stream stream_;
  resolver resolver_;
  const std::size_t max_response_bytes_;
  std::shared_ptr<const client_request> request_;
  outcome then_;
  std::string head_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  bool opened_ = false, answered_ = false, writing_ = false, broken_ = false;
};

} // namespace mdai::transport::detail
