#include "transport/detail/http_session.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>

#include "protocol/ids.hpp"
#include "transport/detail/message_head.hpp"
#include "transport/detail/websocket_core.hpp"

namespace mdai::transport::detail {

namespace net = boost::asio;

namespace {

constexpr milliseconds linger_time{2'000};
constexpr std::size_t linger_bytes = 16u << 20;
constexpr std::size_t slowest_bytes_per_second = 16u << 10; ///< a client that takes a response more slowly is dropped

} // namespace

http_session::http_session(std::unique_ptr<wire> w, ip::address peer, std::shared_ptr<server_core> core,
                           std::shared_ptr<const live_settings> settings)
    : wire_(std::move(w))
    , peer_(plain_address(peer))
    , core_(std::move(core))
    , settings_(std::move(settings))
    , reader_(settings_->given.limit) {
  ++core_->counters.http_connections;
  core_->addresses->came();
}

http_session::~http_session() {
  count_request(false);
  --core_->counters.http_connections;
  core_->addresses->went();
}

void http_session::count_request(bool under_way) {
  core_->counters.requests_under_way += int{under_way} - int{std::exchange(counted_, under_way)};
}

void http_session::start(std::shared_ptr<boost::asio::ssl::context> tls) {
  home_ = &set()->home();
  set()->be_precise_for(settings_->given.limit.http_timeout);
  deadline_in(settings_->given.limit.http_timeout);
  wire_->start(*this, tls ? std::make_unique<tls_session>(std::move(tls), home_->sockets().channel()) : nullptr);
}

void http_session::sweep(steady::time_point now) {
  if (now < deadline_ || phase_ == phase::handling)
    return;
  if (phase_ == phase::handshake)
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
  if (wants_input())
    wire_->want_input(true);
}

void http_session::on_input() {
  while (wire_ && wants_input() && !wire_->input().empty())
    take_input();
  if (wire_ && !wants_input())
    wire_->want_input(false); // one request at a time
}

void http_session::take_input() {
  const auto room = reader_.prepare();
  const auto bytes = net::buffer_copy(room, net::buffer(wire_->input()));
  wire_->consume(bytes);
  if (phase_ == phase::lingering) {
    drained_ += bytes;
    return drained_ > linger_bytes ? end() : void();
  }
  reader_.commit(bytes);
  if (phase_ == phase::waiting) {
    phase_ = phase::reading;
    deadline_in(settings_->given.limit.http_timeout);
  }
  advance();
}

void http_session::on_lost(bool broken) {
  if (phase_ == phase::handshake)
    ++core_->counters.tls_failures;
  peer_done_ = true;
  if (broken || wants_input() || phase_ == phase::handshake)
    end();
}

void http_session::advance() {
  switch (reader_.advance()) {
  case request_reader::progress::need_more:
    return;
  case request_reader::progress::send_continue:
    wire_->write("HTTP/1.1 100 Continue\r\n\r\n");
    return advance();
  case request_reader::progress::complete:
    return on_request();
  case request_reader::progress::failed:
    return answer_fault(reader_.fault());
  }
}

void http_session::answer_fault(const request_fault& fault) {
  complete_request();
  keep_alive_ = false;
  respond(error_response(fault.status, fault.code, fault.text, reader_.request().request_id));
}

/// What the connection knows and the bytes do not say.
void http_session::complete_request() {
  auto& request = reader_.request();
  auto origin = judge_origin(peer_, wire_->tls() != nullptr, reader_.host(), request.headers, settings_->proxies);
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
  wire_->want_input(true); // it was not, when this request came behind another
  auto socket = make_websocket(std::move(wire_), reader_.take_rest(), core_, std::move(granted));
  home_set->add(socket);
  socket->accept(key, reader_.request().request_id);
}

void http_session::respond(http_response response) {
  decorate(response, reader_.request(), settings_->given.cors);
  if (core_->stopping)
    keep_alive_ = false;
  const bool has_body = !is_bodyless(response.status) && reader_.request().method != "HEAD";
  phase_ = phase::writing;
  deadline_in(settings_->given.limit.http_timeout + seconds{response.body.size() / slowest_bytes_per_second});
  wire_->write(response_head(response, connection_field(response)));
  if (has_body)
    wire_->write(response.body);
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

void http_session::on_flushed() {
  if (phase_ != phase::writing)
    return;
  count_request(false);
  if (peer_done_)
    end();
  else if (keep_alive_)
    next_request();
  else
    linger();
}

/// Closing with unread input would reset the connection and could take our answer with it: so end our half,
/// then read the peer's half away, for a while.
void http_session::linger() {
  phase_ = phase::lingering;
  deadline_in(linger_time);
  wire_->finish();
  wire_->want_input(true);
}

void http_session::end() {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::ended;
  count_request(false);
  if (wire_)
    wire_->close();
  leave();
}

} // namespace mdai::transport::detail
