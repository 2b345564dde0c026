#include "transport/detail/websocket_core.hpp"

#include <algorithm>

namespace mdai::transport::detail {
namespace {

constexpr std::uint16_t protocol_error = 1002, no_close_frame = 1006;
constexpr seconds handshake_limit{10};      ///< to write the answer
constexpr std::size_t longest_reason = 123; ///< RFC 6455 section 5.5: a control frame has 125 bytes, the code takes 2

/// Not inside a character.
std::string cut_reason(std::string reason) {
  if (reason.size() <= longest_reason)
    return reason;
  std::size_t end = longest_reason;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80)
    --end;
  reason.resize(end);
  return reason;
}

} // namespace

websocket_core::websocket_core(loop& home, std::shared_ptr<server_core> core, granted_upgrade granted)
    : home_(home)
    , core_(std::move(core))
    , ticket_(std::move(granted.ticket))
    , handler_(std::move(granted.accept.handler))
    , options_(granted.accept.options) {
  ++core_->counters.websockets;
}

websocket_core::~websocket_core() { --core_->counters.websockets; }

template <class F>
void websocket_core::on_loop(F&& f) {
  if (home_.is_current())
    return f(*this);
  home_.post([self = shared_from_this(), f = std::forward<F>(f)]() mutable { f(*self); });
}

void websocket_core::send(payload text) {
  on_loop([text = std::move(text)](websocket_core& s) mutable { s.do_send(std::move(text)); });
}

void websocket_core::close(close_code code, std::string reason) {
  on_loop([code, reason = std::move(reason)](websocket_core& s) mutable {
    s.do_close(static_cast<std::uint16_t>(code), std::move(reason));
  });
}

void websocket_core::ping() {
  on_loop([](websocket_core& s) { s.do_ping(); });
}

void websocket_core::consumed(std::size_t bytes) {
  on_loop([bytes](websocket_core& s) {
    s.unconsumed_bytes_ -= std::min(bytes, s.unconsumed_bytes_);
    s.read_on();
  });
}

void websocket_core::set_message_limit(std::size_t bytes) {
  on_loop([bytes](websocket_core& s) { s.limit_messages(bytes); });
}

// --- opening

void websocket_core::accept(const std::string& key, const std::string& request_id) {
  for (auto d : {options_.ping_interval, options_.silence_limit, options_.close_timeout})
    set()->be_precise_for(d);
  limit_messages(options_.message_limit_bytes);
  ending_ = true;
  deadline_ = steady::now() + handshake_limit;
  start_accept(key, request_id);
}

void websocket_core::on_accepted(bool ok) {
  if (phase_ == phase::ended)
    return;
  if (!ok)
    return end(end_);
  phase_ = phase::open;
  ending_ = false;
  last_ping_ = last_heard_ = last_told_ = steady::now();
  delivering_ = true;
  handler_->on_open(shared_from_this());
  delivering_ = false;
  read_on();
}

// --- sending

void websocket_core::do_send(payload text) {
  if (phase_ != phase::open || broken_)
    return;
  if (!writing_)
    return write(std::move(text));
  // Whatever its size, a message that finds nobody waiting enters: one large message is no slow consumer.
  if (!waiting_.empty() && waiting_bytes_ + text.size() > options_.send_queue_limit_bytes)
    return on_slow_consumer();
  waiting_bytes_ += text.size();
  waiting_.push_back(std::move(text));
}

void websocket_core::on_slow_consumer() {
  waiting_.clear();
  waiting_bytes_ = 0;
  end_.slow_consumer = true;
  ++core_->counters.slow_consumers;
  do_close(static_cast<std::uint16_t>(close_code::overload), "slow consumer");
}

// Whoever talks to the other side shall know at once, not when a goodbye is over that the client may never answer.
// Posted, because the handler may be the caller.
void websocket_core::tell_closing() {
  if (std::exchange(told_closing_, true))
    return;
  home_.post([self = shared_from_this()] {
    if (self->handler_)
      self->handler_->on_closing();
  });
}

void websocket_core::write(payload text) {
  writing_ = told_ = true;
  writing_text_ = std::move(text);
  start_write(writing_text_.view());
}

void websocket_core::on_written(bool ok) {
  writing_ = false;
  writing_text_ = {};
  told_ = true;
  if (phase_ == phase::ended)
    return;
  if (ok)
    return pump();
  // The peer's close frame may still be on its way to the reader; without a reader there is no more to learn.
  broken_ = true;
  waiting_.clear();
  waiting_bytes_ = 0;
  if (!reading_)
    return end(end_);
  close_within_limit();
}

void websocket_core::pump() {
  if (writing_)
    return;
  if (!waiting_.empty()) {
    auto text = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= text.size();
    return write(std::move(text));
  }
  if (phase_ == phase::flushing && !end_.by_peer) {
    phase_ = phase::closing;
    start_close(end_.code, reason_);
  }
}

void websocket_core::do_ping() {
  if (phase_ != phase::open || pinging_ || broken_)
    return;
  pinging_ = true;
  start_ping();
}

// --- receiving

void websocket_core::read_on() {
  const bool paused = phase_ == phase::open && unconsumed_bytes_ > options_.read_window_bytes;
  if (reading_ || delivering_ || paused || (phase_ != phase::open && phase_ != phase::flushing))
    return;
  reading_ = true;
  start_read();
}

void websocket_core::on_message_part(std::size_t bytes, bool whole, bool binary, std::string_view text) {
  reading_ = false;
  message_bytes_ += bytes;
  if (whole) {
    if (phase_ == phase::open)
      deliver(binary, text);
    message_bytes_ = 0;
  }
}

void websocket_core::deliver(bool binary, std::string_view text) {
  unconsumed_bytes_ += message_bytes_;
  delivering_ = true;
  if (binary)
    handler_->on_binary(message_bytes_);
  else
    handler_->on_text(payload{std::string{text}});
  delivering_ = false;
}

void websocket_core::on_pong_frame() {
  // Posted: Beast is in the middle of a read.
  home_.post([self = shared_from_this()] {
    if (self->phase_ == phase::open)
      self->handler_->on_pong();
  });
}

void websocket_core::on_idle_frame(std::size_t bytes) {
  home_.post([self = shared_from_this(), bytes] {
    if (self->phase_ == phase::open)
      self->handler_->on_idle_frame(bytes);
  });
}

void websocket_core::on_failed_read(failure how) {
  reading_ = false;
  if (phase_ == phase::closing || (how == failure::lost && end_.by_peer))
    return end(end_);
  // What we had to say, and had not said yet, no longer counts.
  const bool slow = end_.slow_consumer;
  switch (how) {
  case failure::lost:
    return end({true, slow, no_close_frame});
  case failure::too_big:
    return end({false, slow, static_cast<std::uint16_t>(close_code::too_big)});
  case failure::invalid_utf8:
    return end({false, slow, static_cast<std::uint16_t>(close_code::invalid_utf8)});
  case failure::protocol:
    return end({false, slow, protocol_error});
  }
}

// --- living

void websocket_core::sweep(steady::time_point now) {
  if (ending_) {
    if (now >= deadline_)
      end(end_);
    return;
  }
  if (phase_ == phase::open)
    check_liveness(now);
}

void websocket_core::check_liveness(steady::time_point now) {
  // While we do not read, silence is ours.
  if (heard_ || !reading_)
    last_heard_ = now;
  if (told_)
    last_told_ = now;
  heard_ = told_ = false;
  if (now - last_heard_ >= options_.silence_limit)
    return end(end_);
  // Quiet in either direction: the peer may be gone, or a proxy between us may think that we are.
  const auto quiet_since = std::max(std::min(last_heard_, last_told_), last_ping_);
  if (now - quiet_since >= options_.ping_interval) {
    last_ping_ = now;
    do_ping();
  }
}

// --- ending

void websocket_core::do_close(std::uint16_t code, std::string reason) {
  if (phase_ != phase::open)
    return;
  phase_ = phase::flushing;
  end_.by_peer = false;
  end_.code = code;
  reason_ = cut_reason(std::move(reason));
  tell_closing();
  close_within_limit();
  pump();
  // The peer may be stuck in writing to us, so what it sends is read, and thrown away.
  read_on();
}

void websocket_core::close_within_limit() {
  if (ending_)
    return;
  ending_ = true;
  deadline_ = steady::now() + options_.close_timeout;
}

void websocket_core::on_peer_close(std::uint16_t code) {
  if (phase_ != phase::open && phase_ != phase::flushing)
    return;
  end_.by_peer = true;
  end_.code = code;
}

void websocket_core::on_ending() {
  if (phase_ != phase::opening)
    tell_closing();
  close_within_limit();
}

void websocket_core::on_closed() { end(end_); }

void websocket_core::abort() { end({false, end_.slow_consumer, no_close_frame}); }

void websocket_core::end(websocket_end how) {
  if (phase_ == phase::ended)
    return;
  const bool opened = phase_ != phase::opening;
  phase_ = phase::ended;
  waiting_.clear();
  drop();
  // Posted, because the handler may be the caller.
  home_.post([self = shared_from_this(), handler = std::move(handler_), opened, how] {
    if (opened)
      handler->on_closed(how);
  });
  leave();
}

} // namespace mdai::transport::detail
