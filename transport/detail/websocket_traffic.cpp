#include <algorithm>

#include "transport/detail/websocket_core.hpp"

/// What passes through an open WebSocket: its send queue and its read window.
namespace mdai::transport::detail {

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
  const auto limit = options_.send_queue_limit_bytes;
  const auto pending = pending_bytes(limit - std::min(limit, more));
  if (pending == 0) {
    first_end_ = written_ + more;
    return false;
  }
  const auto before = waiting(pending);
  return before > 0 && before + more > limit;
}

void websocket_core::on_slow_consumer() {
  drop_unsent(); // so that the goodbye is heard soon
  end_.slow_consumer = true;
  ++core_->counters.slow_consumers;
  do_close(static_cast<std::uint16_t>(close_code::overload), "slow consumer");
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
    if (self->phase_ != phase::open)
      return;
    if (self->too_much_waits(0)) // pongs, which it asks for and does not read
      return self->on_slow_consumer();
    self->handler_->on_idle_frame(bytes);
  });
}

} // namespace mdai::transport::detail
