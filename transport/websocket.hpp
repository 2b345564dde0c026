#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/close_code.hpp"
#include "protocol/payload.hpp"
#include "protocol/time.hpp"

namespace mdai::transport {

class loop;

/// All limits of one WebSocket.
struct websocket_options {
  std::size_t message_limit_bytes = 1u << 20; ///< a longer message closes 1009
  /// More waiting closes 1013; a message that meets an empty queue enters.
  std::size_t send_queue_limit_bytes = 4u << 20;
  std::size_t read_window_bytes = 256u << 10; ///< delivered but not yet consumed; reading pauses past it
  milliseconds ping_interval{30'000};
  milliseconds silence_limit{75'000};
  milliseconds close_timeout{5'000}; ///< for the queue to flush and the peer to answer the close
};

/// The connected WebSocket, seen from above. Methods: any thread; off the socket's loop they are posted to
/// it, in order.
class websocket {
public:
  virtual ~websocket() = default;
  virtual loop& home() const = 0;
  /// Makes `to` its home; `then` is called there, unless the connection ends before. One that is in the middle of a
  /// message stays where it is, and `then` is called there. On the socket's loop; nothing is delivered meanwhile.
  virtual void move_to(loop& to, std::function<void()> then) = 0;
  /// Queues a text message.
  virtual void send(payload text) = 0;
  /// Flushes what is queued, sends the close frame, waits for the peer's, ends. Later sends are dropped.
  /// Once.
  virtual void close(close_code code, std::string reason) = 0;
  /// Sends a ping now; the answer arrives at on_pong.
  virtual void ping() = 0;
  /// Gives back `bytes` of the read window: what on_text or on_binary delivered is dealt with.
  virtual void consumed(std::size_t bytes) = 0;
  /// Raises or lowers options after the handshake (authentication lifts the message limit).
  virtual void set_message_limit(std::size_t bytes) = 0;
};

using websocket_ptr = std::shared_ptr<websocket>;

/// Why a WebSocket ended.
struct websocket_end {
  bool by_peer = false; ///< the peer closed or vanished, else we closed
  bool slow_consumer = false;
  std::uint16_t code = 0; ///< the close code received or sent; 1005: the peer's frame had none, 1006: no close frame
};

/// What happens on one WebSocket. Every call on the socket's loop; none before on_open (a peer that goes
/// during the handshake is never heard of: the handler is just let go), none after on_closed. The handler
/// must not hold its socket past on_closed (it would leak).
class websocket_handler {
public:
  virtual ~websocket_handler() = default;
  virtual void on_open(websocket_ptr socket) = 0;
  virtual void on_text(payload text) = 0;
  virtual void on_binary(payload bytes) = 0;
  virtual void on_pong() = 0;
  /// A frame that brings nothing of a message: a ping or a pong, with `bytes` of payload.
  virtual void on_idle_frame(std::size_t /*bytes*/) {}
  /// The connection begins to end, by whomever: nothing more is delivered. on_closed follows when its goodbye is over.
  virtual void on_closing() {}
  virtual void on_closed(const websocket_end& end) = 0;
};

} // namespace mdai::transport
