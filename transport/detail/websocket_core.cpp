#include "transport/detail/websocket_core.hpp"

#include <algorithm>

namespace mdai::transport::detail {
namespace {

constexpr std::uint16_t protocol_error = 1002, no_close_frame = 1006;
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

std::uint16_t code_of(websocket_core::failure how) {
  switch (how) {
  case websocket_core::failure::too_big:
    return static_cast<std::uint16_t>(close_code::too_big);
  case websocket_core::failure::invalid_utf8:
    return static_cast<std::uint16_t>(close_code::invalid_utf8);
  case websocket_core::failure::protocol:
    return protocol_error;
  }
  return no_close_frame;
}

} // namespace

websocket_core::websocket_core(loop& home, std::shared_ptr<server_core> core, granted_upgrade granted)
    : home_(&home)
    , core_(std::move(core))
    , ticket_(std::move(granted.ticket))
    , handler_(std::move(granted.accept.handler))
    , options_(granted.accept.options) {
  ++core_->counters.websockets;
}

websocket_core::~websocket_core() { --core_->counters.websockets; }

template <class F>
void websocket_core::on_loop(F f) {
  if (home().is_current())
    return f(*this);
  // By then it may have moved.
  home().post([self = shared_from_this(), f = std::move(f)]() mutable { self->on_loop(std::move(f)); });
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
    const bool paused = s.phase_ == phase::open && !s.reads();
    s.unconsumed_bytes_ -= std::min(bytes, s.unconsumed_bytes_);
    if (paused && s.reads())
      s.want_input(true);
  });
}

void websocket_core::set_message_limit(std::size_t bytes) {
  on_loop([bytes](websocket_core& s) {
    s.message_limit_ = bytes;
    s.limit_messages(bytes);
  });
}

// --- opening

void websocket_core::accept(const std::string& key, const std::string& request_id) {
  keep_time();
  set_message_limit(options_.message_limit_bytes);
  if (!accept_now(key, request_id))
    return end(end_);
  phase_ = phase::open;
  opened_ = true;
  last_ping_ = last_heard_ = last_told_ = steady::now();
  handler_->on_open(shared_from_this());
}

/// Its set looks at the clock as often as its own deadlines want it.
void websocket_core::keep_time() {
  for (auto d : {options_.ping_interval, options_.silence_limit, options_.close_timeout})
    set()->be_precise_for(d);
}

// --- moving

// Posted, because the handler is the caller, in the middle of a read.
void websocket_core::move_to(loop& to, std::function<void()> then) {
  moving_ = true;
  want_input(false);
  home().post([self = shared_from_this(), &to, then = std::move(then)]() mutable {
    depart(std::move(self), to, std::move(then));
  });
}

/// Takes everything along: what stayed behind could be the last to let go, on the wrong thread.
void websocket_core::depart(std::shared_ptr<websocket_core> self, loop& to, std::function<void()> then) {
  if (self->phase_ != phase::open)
    return;
  if (&to == &self->home() || !self->can_move())
    return self->arrive({}, then);
  auto there = self->core_->set_on(to);
  self->set()->release(*self);
  self->leave_for(to);
  self->home_ = &to;
  to.post([self = std::move(self), there = std::move(there), then = std::move(then)] {
    self->settle();
    self->arrive(there, then);
  });
}

/// `there` is nothing when it stays in its set.
void websocket_core::arrive(const std::weak_ptr<connection_set>& there, const std::function<void()>& then) {
  if (!set()) {
    const auto joined = there.lock();
    if (!joined)
      return end(end_);
    joined->add(shared_from_this());
    keep_time();
  }
  moving_ = false;
  want_input(reads());
  then();
}

// --- sending

void websocket_core::do_send(payload text) {
  if (phase_ != phase::open)
    return;
  if (too_much_waits(text.size()))
    return on_slow_consumer();
  told_ = true;
  written_ += text.size();
  write_text(text.view());
}

// Whatever its size, a message that finds nobody waiting enters, and does not count: one large message is no slow
// consumer.
bool websocket_core::too_much_waits(std::size_t more) {
  const auto waiting = [this](std::size_t pending) {
    const auto gone = written_ - std::min(written_, pending);
    return pending - std::min(pending, first_end_ - std::min(first_end_, gone));
  };
  const auto pending = pending_bytes(options_.send_queue_limit_bytes);
  if (pending == 0) {
    first_end_ = written_ + more;
    return false;
  }
  const auto before = waiting(pending);
  return before > 0 && before + more > options_.send_queue_limit_bytes;
}

void websocket_core::on_slow_consumer() {
  drop_unsent(); // so that the goodbye is heard soon
  end_.slow_consumer = true;
  ++core_->counters.slow_consumers;
  do_close(static_cast<std::uint16_t>(close_code::overload), "slow consumer");
}

// Whoever talks to the other side shall know at once, not when a goodbye is over that the client may never answer.
// Posted, because the handler may be the caller.
void websocket_core::tell_closing() {
  if (std::exchange(told_closing_, true))
    return;
  home().post([self = shared_from_this()] {
    if (self->handler_)
      self->handler_->on_closing();
  });
}

void websocket_core::do_ping() {
  if (phase_ == phase::open)
    write_ping();
}

// --- receiving

void websocket_core::on_text(payload text) {
  unconsumed_bytes_ += text.size();
  handler_->on_text(std::move(text));
  pause_when_full();
}

void websocket_core::on_binary(payload bytes) {
  unconsumed_bytes_ += bytes.size();
  handler_->on_binary(std::move(bytes));
  pause_when_full();
}

void websocket_core::pause_when_full() {
  if (phase_ == phase::open && !reads())
    want_input(false);
}

void websocket_core::on_pong_frame() {
  // Posted: Beast is in the middle of a read.
  home().post([self = shared_from_this()] {
    if (self->phase_ == phase::open)
      self->handler_->on_pong();
  });
}

void websocket_core::on_idle_frame(std::size_t bytes) {
  home().post([self = shared_from_this(), bytes] {
    if (self->phase_ == phase::open)
      self->handler_->on_idle_frame(bytes);
  });
}

// The framing has said why to the peer and ended our half; the peer shall read it before the socket goes.
void websocket_core::on_failed_read(failure how) {
  if (!std::exchange(decided_, true))
    end_ = {false, end_.slow_consumer, code_of(how)};
  begin_ending();
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
  if (heard_ || !reads())
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
  decided_ = true;
  end_ = {false, end_.slow_consumer, code};
  begin_ending();
  want_input(true); // the peer's close frame
  start_close(code, cut_reason(std::move(reason)));
}

void websocket_core::begin_ending() {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::closing;
  tell_closing();
  if (!std::exchange(ending_, true))
    deadline_ = steady::now() + options_.close_timeout;
}

void websocket_core::on_peer_close(std::uint16_t code) {
  if (!std::exchange(decided_, true))
    end_ = {true, end_.slow_consumer, code};
  begin_ending();
}

void websocket_core::on_gone() { end(end_); }

void websocket_core::abort() { end({false, end_.slow_consumer, no_close_frame}); }

void websocket_core::end(websocket_end how) {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::ended;
  drop();
  // Posted, because the handler may be the caller.
  home().post([self = shared_from_this(), handler = std::move(handler_), opened = opened_, how] {
    if (opened)
      handler->on_closed(how);
  });
  leave();
}

} // namespace mdai::transport::detail
