#include "transport/detail/http_session.hpp"

#include <utility>

#include "protocol/ids.hpp"
#include "transport/detail/message_head.hpp"
#include "transport/detail/websocket_core.hpp"

namespace mdai::transport::detail {
namespace {

constexpr milliseconds linger_time{2'000};
constexpr std::size_t linger_bytes = 16u << 20;
constexpr std::size_t slowest_bytes_per_second = 16u << 10; ///< a client that takes a response more slowly is dropped

} // namespace

http_session::http_session(byte_stream stream, ip::address peer, std::shared_ptr<server_core> core,
                           std::shared_ptr<const live_settings> settings)
    : stream_(std::move(stream))
    , peer_(plain_address(peer))
    , core_(std::move(core))
    , settings_(std::move(settings))
    , reader_(settings_->given.limit) {
  ++core_->counters.http_connections;
}

http_session::~http_session() {
  count_request(false);
  --core_->counters.http_connections;
}

void http_session::count_request(bool under_way) {
  core_->counters.requests_under_way += int{under_way} - int{std::exchange(counted_, under_way)};
}

void http_session::start() {
  home_ = &set()->home();
  set()->be_precise_for(settings_->given.limit.http_timeout);
  deadline_in(settings_->given.limit.http_timeout);
  stream_.handshake(net::ssl::stream_base::server, [self = shared_from_this()](error_code ec, std::size_t) {
    if (self->phase_ == phase::ended)
      return;
    if (!ec)
      return self->next_request();
    ++self->core_->counters.tls_failures;
    self->end();
  });
}

void http_session::sweep(steady::time_point now) {
  if (now < deadline_ || phase_ == phase::handling)
    return;
  if (phase_ == phase::handshake && stream_.is_tls())
    ++core_->counters.tls_failures;
  if (phase_ != phase::reading)
    return end();
  answer_fault({408, "REQUEST_TIMEOUT", "The request did not arrive in time"});
}

void http_session::next_request() {
  reader_.next();
  phase_ = reader_.started() ? phase::reading : phase::waiting;
  deadline_in(settings_->given.limit.http_timeout);
  advance();
}

void http_session::read() {
  read_pending_ = true;
  stream_.read_some(reader_.prepare(), [self = shared_from_this()](error_code ec, std::size_t bytes) {
    self->read_pending_ = false;
    self->on_read(ec, bytes);
  });
}

void http_session::on_read(error_code ec, std::size_t bytes) {
  if (phase_ == phase::ended)
    return;
  if (ec)
    return end();
  if (phase_ == phase::lingering)
    return drain();
  reader_.commit(bytes);
  if (phase_ == phase::waiting) {
    phase_ = phase::reading;
    deadline_in(settings_->given.limit.http_timeout);
  }
  if (phase_ == phase::reading)
    advance();
}

void http_session::advance() {
  switch (reader_.advance()) {
  case request_reader::progress::need_more:
    return read();
  case request_reader::progress::send_continue:
    return send_continue();
  case request_reader::progress::complete:
    return on_request();
  case request_reader::progress::failed:
    return answer_fault(reader_.fault());
  }
}

void http_session::send_continue() {
  static constexpr std::string_view leave = "HTTP/1.1 100 Continue\r\n\r\n";
  phase_ = phase::writing;
  stream_.write({net::buffer(leave), {}}, [self = shared_from_this()](error_code ec, std::size_t) {
    if (self->phase_ == phase::ended)
      return;
    if (ec)
      return self->end();
    self->phase_ = phase::reading;
    self->advance();
  });
}

void http_session::answer_fault(const request_fault& fault) {
  complete_request();
  keep_alive_ = false;
  respond(error_response(fault.status, fault.code, fault.text, reader_.request().request_id));
}

/// What the connection knows and the bytes do not say.
void http_session::complete_request() {
  auto& request = reader_.request();
  auto origin = judge_origin(peer_, stream_.is_tls(), reader_.host(), request.headers, settings_->proxies);
  request.client_address = origin.client.to_string();
  request.trusted_proxy = origin.trusted_proxy;
  request.secure = origin.secure;
  request.host = std::move(origin.host);
  request.request_id = request_id_or_new(request.headers.get("X-Request-Id"));
  exempt_ = settings_->proxies.contains(origin.client);
}

void http_session::on_request() {
  phase_ = phase::handling;
  ++core_->counters.requests;
  count_request(true);
  complete_request();
  keep_alive_ = reader_.keep_alive();
  try {
    judge_request();
  } catch (const std::exception&) {
    // A handler's exception ends its request, not the process.
    if (phase_ == phase::handling)
      respond(error_response(500, "INTERNAL_ERROR", "The request failed", reader_.request().request_id));
  }
}

void http_session::judge_request() {
  auto decision = judge(reader_.request(), *core_, *settings_, exempt_);
  if (auto* response = std::get_if<http_response>(&decision))
    return respond(std::move(*response));
  if (auto* granted = std::get_if<granted_upgrade>(&decision))
    return upgrade(std::move(*granted));
  hand_over(*std::get<const http_handler*>(decision));
}

void http_session::hand_over(const http_handler& handler) {
  // Weak and through the loop: a responder may outlive the connection on any thread, and must not end it
  // there.
  http_responder responder{[home = home_, weak = weak_from_this()](http_response response) {
                             home->dispatch([weak, response = std::move(response)]() mutable {
                               if (const auto self = weak.lock(); self && self->phase_ == phase::handling)
                                 self->respond(std::move(response));
                             });
                           },
                           reader_.request().request_id};
  // A copy but for the body: CORS and HEAD need the rest again when the answer comes.
  auto body = std::move(reader_.request().body);
  auto request = reader_.request();
  request.body = std::move(body);
  handler(std::move(request), std::move(responder));
}

void http_session::upgrade(granted_upgrade granted) {
  auto* const home_set = set();
  const auto key = std::string{reader_.request().headers.get("Sec-WebSocket-Key")};
  phase_ = phase::ended;
  count_request(false);
  leave();
  auto socket = std::visit(
      [&](auto&& stream) {
        return make_websocket(std::move(stream), reader_.take_rest(), *home_, core_, std::move(granted));
      },
      std::move(stream_).release());
  home_set->add(socket);
  socket->accept(key, reader_.request().request_id);
}

void http_session::respond(http_response response) {
  decorate(response, reader_.request(), settings_->given.cors);
  if (core_->stopping)
    keep_alive_ = false;
  head_ = response_head(response, connection_field(response));
  const bool has_body = !is_bodyless(response.status) && reader_.request().method != "HEAD";
  body_ = has_body ? std::move(response.body) : std::string{};
  phase_ = phase::writing;
  deadline_in(settings_->given.limit.http_timeout + seconds{body_.size() / slowest_bytes_per_second});
  stream_.write({net::buffer(head_), net::buffer(body_)},
                [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
}

std::string http_session::connection_field(const http_response& response) const {
  std::string value;
  if (!keep_alive_)
    value = "close";
  else if (reader_.version() == 10)
    value = "keep-alive";
  if (response.headers.contains("Upgrade"))
    value += value.empty() ? "Upgrade" : ", Upgrade";
  return value;
}

void http_session::on_written(error_code ec) {
  count_request(false);
  if (phase_ == phase::ended)
    return;
  if (ec)
    return end();
  body_ = {};
  if (keep_alive_)
    next_request();
  else
    linger();
}

/// Closing with unread input would reset the connection and could take our answer with it: so end our half,
/// then read the peer's half away, for a while.
void http_session::linger() {
  phase_ = phase::lingering;
  deadline_in(linger_time);
  if (read_pending_)
    return stream_.shut_down_sending();
  stream_.finish_writing([self = shared_from_this()](error_code, std::size_t) {
    if (self->phase_ == phase::lingering)
      self->drain();
  });
}

void http_session::drain() {
  const auto room = reader_.prepare();
  stream_.socket().async_read_some(net::mutable_buffers_1{room},
                                   [self = shared_from_this()](error_code ec, std::size_t bytes) {
                                     self->drained_ += bytes;
                                     if (self->phase_ != phase::lingering)
                                       return;
                                     if (ec || self->drained_ > linger_bytes)
                                       return self->end();
                                     self->drain();
                                   });
}

void http_session::end() {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::ended;
  count_request(false);
  stream_.close();
  leave();
}

} // namespace mdai::transport::detail
