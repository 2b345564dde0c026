#include "transport/detail/client_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "transport/detail/message_head.hpp"

namespace mdai::transport::detail {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint32_t max_head_bytes = 64u << 10;

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

void client_connection::exchange(std::shared_ptr<const client_request> request, resolver& names, outcome then) {
  request_ = std::move(request);
  then_ = std::move(then);
  answered_ = false;
  if (wire_)
    begin();
  else
    open(names);
}

void client_connection::close() {
  closed_ = true;
  then_ = nullptr;
  connector_ = nullptr;
  if (wire_)
    wire_->close();
  home_.retire(shared_from_this()); // its wire may be who calls
}

// --- opening

void client_connection::open(resolver& names) {
  names.resolve(request_->where.host, request_->where.port, [weak = weak_from_this()](auto endpoints) {
    if (const auto self = weak.lock(); self && !self->closed_)
      self->connect(std::move(endpoints));
  });
}

void client_connection::connect(std::vector<net::ip::tcp::endpoint> endpoints) {
  connector_ =
      std::make_unique<connector>(home_, std::move(endpoints), [this](descriptor fd) { on_connected(std::move(fd)); });
  connector_->start();
}

void client_connection::on_connected(descriptor fd) {
  const auto self = shared_from_this();
  connector_ = nullptr;
  if (!fd)
    return fail(errc::connect_failed);
  wire_ = std::make_unique<wire>(home_, fd.release());
  wire_->start(*this,
               tls_ ? std::make_unique<tls_session>(tls_, home_.sockets().channel(), request_->where.host) : nullptr);
}

void client_connection::on_secured() {
  secured_ = true;
  begin();
}

// --- one request

/// Reads while it writes: a server may refuse a body before it has read it.
void client_connection::begin() {
  reset_parser();
  wire_->write(request_head(*request_));
  wire_->write(request_->body);
}

void client_connection::reset_parser() {
  parser_.emplace();
  parser_->eager(false);
  parser_->header_limit(max_head_bytes);
  parser_->body_limit(max_response_bytes_);
  parser_->skip(request_->method == "HEAD");
}

void client_connection::on_input() {
  if (!then_) // nobody has asked
    return close();
  answered_ = true;
  parse();
}

/// A body without a length ends with the stream; under TLS only with a proper goodbye, lest somebody cut it
/// short.
void client_connection::on_lost(bool broken) {
  if (!then_)
    return close();
  if (!secured_)
    return fail(wire_->tls()->distrusts() ? errc::bad_certificate : errc::connect_failed);
  const bool cut_short = broken || (wire_->tls() && !wire_->tls()->peer_said_goodbye());
  if (cut_short || !parser_->is_header_done() || !parser_->need_eof())
    return fail(errc::connection_lost);
  error_code bad;
  parser_->put_eof(bad);
  if (bad)
    return fail(errc::connection_lost);
  finish();
}

void client_connection::parse() {
  while (!parser_->is_done()) {
    const auto input = wire_->input();
    if (input.empty())
      return;
    error_code ec;
    wire_->consume(parser_->put(net::const_buffer{input.data(), input.size()}, ec));
    if (ec == http::error::need_more)
      return wire_->input().size() > max_head_bytes ? fail(errc::malformed_response) : void();
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
  const bool reusable = wire_->pending() == 0 && parser_->keep_alive() && wire_->input().empty();
  done(to_response(parser_->release()), reusable);
}

void client_connection::fail(error_code parser_error) {
  const bool too_large = parser_error == http::error::body_limit || parser_error == http::error::header_limit;
  fail(too_large ? errc::response_too_large : errc::malformed_response);
}

void client_connection::done(result<http_response> answer, bool reusable) {
  const auto then = std::exchange(then_, nullptr);
  if (!reusable)
    close();
  then(std::move(answer), reusable);
}

} // namespace mdai::transport::detail
