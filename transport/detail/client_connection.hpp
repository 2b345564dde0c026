#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "transport/detail/connector.hpp"
#include "transport/detail/resolver.hpp"
#include "transport/detail/wire.hpp"
#include "transport/http_client.hpp"

namespace mdai::transport::detail {

/// One connection of the client: opened once, then one request after the other. On the loop's thread.
class client_connection final : public std::enable_shared_from_this<client_connection>, private wire_owner {
public:
  /// `reusable`: another request may follow.
  using outcome = std::function<void(result<http_response>, bool reusable)>;

  /// `tls`: nullptr for plain.
  client_connection(loop& home, std::shared_ptr<net::ssl::context> tls, std::size_t max_response_bytes)
      : home_(home)
      , tls_(std::move(tls))
      , max_response_bytes_(max_response_bytes) {}

  /// Sends the request, on a new connection after opening it. Calls `then` once, never inside the call; not
  /// after close().
  void exchange(std::shared_ptr<const client_request> request, resolver& names, outcome then);
  void close();

  /// Whether another request may follow on it: it was opened, and the peer has neither closed it nor talked out of
  /// turn.
  bool is_open() const { return wire_ && wire_->is_open(); }
  /// Whether any byte of the current answer has come.
  bool answered() const { return answered_; }

private:
  void open(resolver& names);
  void connect(std::vector<net::ip::tcp::endpoint> endpoints);
  void on_connected(descriptor fd);
  void begin();
  void parse();
  void reset_parser();
  void fail(errc code) { done(make_error_code(code), false); }
  void fail(boost::system::error_code parser_error);
  void finish();
  void done(result<http_response> answer, bool reusable);

  void on_secured() override;
  void on_input() override;
  void on_lost(bool broken) override;

  using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  loop& home_;
  const std::shared_ptr<net::ssl::context> tls_;
  const std::size_t max_response_bytes_;
  std::unique_ptr<connector> connector_;
  std::unique_ptr<wire> wire_;
  std::shared_ptr<const client_request> request_;
  outcome then_; ///< while a request is under way
  std::optional<parser> parser_;
  bool secured_ = false, answered_ = false, closed_ = false;
};

} // namespace mdai::transport::detail
