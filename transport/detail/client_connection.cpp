#include "transport/detail/client_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http/error.hpp>

#include "transport/detail/message_head.hpp"

namespace mdai::transport::detail {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_bytes = 16u << 10;
constexpr std::uint32_t max_head_bytes = 64u << 10;

byte_stream make_stream(net::io_context& io, net::ssl::context* tls) {
  return tls ? byte_stream{plain_stream{io}, *tls} : byte_stream{plain_stream{io}};
}

http_response to_response(http::response<http::string_body>&& message) {
  http_response response;
  response.status = message.result_int();
  for (const auto& field : message)
    response.headers.add({field.name_string().data(), field.name_string().size()},
                         {field.value().data(), field.value().size()});
  response.content_type = response.headers.get("Content-Type");
  response.body = std::move(message.body());
  return response;
}

} // namespace

client_connection::client_connection(net::io_context& io, net::ssl::context* tls, std::size_t max_response_bytes)
    : stream_(make_stream(io, tls))
    , resolver_(io)
    , max_response_bytes_(max_response_bytes) {}

void client_connection::exchange(std::shared_ptr<const client_request> request, outcome then) {
  request_ = std::move(request);
  then_ = std::move(then);
  answered_ = false;
  if (opened_)
    begin();
  else
    open();
}

void client_connection::close() {
  broken_ = true;
  then_ = nullptr;
  resolver_.cancel();
  stream_.close();
}

bool client_connection::is_fresh() {
  char byte;
  error_code ec;
  auto& socket = stream_.socket();
  socket.non_blocking(true, ec);
  const auto got = socket.receive(net::buffer(&byte, 1), net::socket_base::message_peek, ec);
  // Under TLS, session tickets may lie there unread.
  return ec == net::error::would_block || (!ec && got > 0 && stream_.is_tls());
}

// --- opening

void client_connection::open() {
  error_code ec;
  const auto& where = request_->where;
  const auto address = net::ip::make_address(where.host, ec);
  if (!ec) {
    const tcp::endpoint endpoint{address, static_cast<unsigned short>(std::stoul(where.port))};
    return connect(tcp::resolver::results_type::create(endpoint, where.host, where.port));
  }
  resolver_.async_resolve(where.host, where.port, tcp::resolver::numeric_service,
                          [self = shared_from_this()](error_code failed, const auto& endpoints) {
                            if (self->broken_)
                              return;
                            if (failed)
                              return self->fail(errc::connect_failed);
                            self->connect(endpoints);
                          });
}

void client_connection::connect(const tcp::resolver::results_type& endpoints) {
  net::async_connect(stream_.socket(), endpoints,
                     [self = shared_from_this()](error_code ec, const tcp::endpoint&) { self->on_connected(ec); });
}

void client_connection::on_connected(error_code ec) {
  if (broken_)
    return;
  if (ec || !prepare_tls())
    return fail(errc::connect_failed);
  stream_.socket().set_option(tcp::no_delay(true), ec);
  stream_.handshake(net::ssl::stream_base::client,
                    [self = shared_from_this()](error_code failed, std::size_t) { self->on_handshake(failed); });
}

bool client_connection::prepare_tls() {
  auto* tls = stream_.tls();
  if (!tls)
    return true;
  const auto& host = request_->where.host;
  error_code not_an_address, ec;
  net::ip::make_address(host, not_an_address);
  // RFC 6066 section 3: no literal addresses in SNI.
  if (not_an_address && SSL_set_tlsext_host_name(tls->native_handle(), host.c_str()) != 1)
    return false;
  tls->set_verify_callback(net::ssl::host_name_verification{host}, ec);
  return !ec;
}

void client_connection::on_handshake(error_code ec) {
  if (broken_)
    return;
  if (ec) {
    const bool distrust = ec.category() == net::error::get_ssl_category() &&
                          ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    return fail(distrust ? errc::bad_certificate : errc::connect_failed);
  }
  opened_ = true;
  begin();
}

// --- one request

/// Writes and reads at once: a server may refuse a body before it has read it.
void client_connection::begin() {
  head_ = request_head(*request_);
  reset_parser();
  writing_ = true;
  stream_.write({net::buffer(head_), net::buffer(request_->body)},
                [self = shared_from_this()](error_code, std::size_t) {
                  // A failure shows in the reading, too, unless the answer came first.
                  self->writing_ = false;
                });
  read();
}

void client_connection::reset_parser() {
  parser_.emplace();
  parser_->eager(false);
  parser_->header_limit(max_head_bytes);
  parser_->body_limit(max_response_bytes_);
  parser_->skip(request_->method == "HEAD");
}

void client_connection::read() {
  stream_.read_some(buffer_.prepare(read_bytes),
                    [self = shared_from_this()](error_code ec, std::size_t bytes) { self->on_read(ec, bytes); });
}

void client_connection::on_read(error_code ec, std::size_t bytes) {
  if (broken_)
    return;
  if (ec)
    return on_end_of_stream(ec);
  answered_ = true;
  buffer_.commit(bytes);
  parse();
}

/// A body without a length ends with the stream; under TLS only with a proper goodbye, lest somebody cut it
/// short.
void client_connection::on_end_of_stream(error_code ec) {
  if (ec != net::error::eof || !parser_->is_header_done() || !parser_->need_eof())
    return fail(errc::connection_lost);
  error_code bad;
  parser_->put_eof(bad);
  if (bad)
    return fail(errc::connection_lost);
  finish();
}

void client_connection::parse() {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0)
      return read();
    error_code ec;
    buffer_.consume(parser_->put(buffer_.data(), ec));
    if (ec == http::error::need_more)
      return buffer_.size() > max_head_bytes ? fail(errc::malformed_response) : read();
    if (ec)
      return fail(ec);
    if (parser_->is_done() && parser_->get().result_int() / 100 == 1) {
      if (parser_->get().result_int() == 101)
        return fail(errc::malformed_response);
      reset_parser();
    }
  }
  finish();
}

void client_connection::finish() {
  const bool reusable = !writing_ && parser_->keep_alive() && buffer_.size() == 0;
  done(to_response(parser_->release()), reusable);
}

void client_connection::fail(errc code) { done(make_error_code(code), false); }

void client_connection::fail(error_code parser_error) {
  const bool too_large = parser_error == http::error::body_limit || parser_error == http::error::header_limit;
  fail(too_large ? errc::response_too_large : errc::malformed_response);
}

void client_connection::done(result<http_response> answer, bool reusable) {
  auto then = std::move(then_);
  then_ = nullptr;
  if (!reusable)
    close();
  then(std::move(answer), reusable);
}

} // namespace mdai::transport::detail
