#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "transport/detail/connection_set.hpp"
#include "transport/detail/dispatch.hpp"
#include "transport/detail/wire.hpp"
#include "transport/websocket.hpp"

namespace mdai::transport::detail {

/// Everything a WebSocket does but the framing: send queue, read window, liveness, closing, and telling the handler.
/// The framing derives from it. On the loop's thread, but for the methods of `websocket`.
///
///   opening -> open -> closing (close frames, then the peer's end) -> ended
class websocket_core : public websocket, public connection, public std::enable_shared_from_this<websocket_core> {
public:
  websocket_core(loop& home, std::shared_ptr<server_core> core, granted_upgrade granted);
  ~websocket_core() override;

  /// Once, when it is in its set: answers the handshake with `key`.
  void accept(const std::string& key, const std::string& request_id);

  loop& home() const final { return *home_; }
  void move_to(loop& to, std::function<void()> then) final;
  void send(payload text) final;
  void close(close_code code, std::string reason) final;
  void ping() final;
  void consumed(std::size_t bytes) final;
  void set_message_limit(std::size_t bytes) final;

  void sweep(steady::time_point now) final;
  void abort() final;

  /// How reading fails.
  enum class failure { too_big, invalid_utf8, protocol };

protected:
  // What the framing does. Writes are complete at once: the wire holds them back for the end of the turn.
  virtual bool accept_now(const std::string& key, const std::string& request_id) = 0;
  virtual void write_text(std::string_view text) = 0;
  virtual void write_ping() = 0;
  /// Ends in on_gone.
  virtual void start_close(std::uint16_t code, std::string_view reason) = 0;
  /// Whether input is wanted; made true, what is left over is read.
  virtual void want_input(bool wanted) = 0;
  /// Takes back the messages of which no byte is sent.
  virtual void drop_unsent() = 0;
  /// Written and not yet with the kernel, after an attempt to send when that is more than `worth_trying`.
  virtual std::size_t pending_bytes(std::size_t worth_trying) = 0;
  virtual void limit_messages(std::size_t bytes) = 0;
  virtual void drop() = 0;
  /// Whether it may move: nothing is under way but whole messages.
  virtual bool can_move() const = 0;
  virtual void leave_for(loop& to) = 0;
  /// On the new loop's thread.
  virtual void settle() = 0;

  /// Whether the next message may be read and delivered.
  bool reads() const { return phase_ == phase::open && !moving_ && unconsumed_bytes_ <= options_.read_window_bytes; }
  bool is_closing() const { return phase_ == phase::closing; }
  std::size_t message_limit() const { return message_limit_; }

  void on_text(payload text);
  void on_binary(payload bytes);
  /// What the peer sent cannot be read. The framing has answered with its own close frame and ended our half.
  void on_failed_read(failure how);
  void on_pong_frame();
  /// As websocket_handler has it; in the middle of a read.
  void on_idle_frame(std::size_t bytes);
  /// The peer's close frame has come; 1005 when it had no code.
  void on_peer_close(std::uint16_t code);
  /// Bytes came.
  void on_heard() { heard_ = true; }
  /// The framing ends the connection by itself, in answer to the peer.
  void begin_ending();
  /// The goodbye is over, or the peer has ended its half without one.
  void on_gone();

private:
  enum class phase { opening, open, closing, ended };

  template <class F>
  void on_loop(F f);
  static void depart(std::shared_ptr<websocket_core> self, loop& to, std::function<void()> then);
  void arrive(const std::weak_ptr<connection_set>& there, const std::function<void()>& then);
  void keep_time();
  void do_send(payload text);
  void do_close(std::uint16_t code, std::string reason);
  void do_ping();
  void on_slow_consumer();
  void tell_closing();
  bool too_much_waits(std::size_t more);
  void pause_when_full();
  void check_liveness(steady::time_point now);
  void end(websocket_end how);

  std::atomic<loop*> home_;
  const std::shared_ptr<server_core> core_;
  const address_counter::ticket ticket_;
  std::shared_ptr<websocket_handler> handler_;
  websocket_options options_;
  phase phase_ = phase::opening;
  std::size_t message_limit_ = 0;

  std::size_t written_ = 0;   ///< bytes of messages, since the beginning
  std::size_t first_end_ = 0; ///< where in them the message ends that met an empty queue
  std::size_t unconsumed_bytes_ = 0;
  bool opened_ = false, told_closing_ = false, moving_ = false;

  bool heard_ = true, told_ = true; ///< since the last sweep
  steady::time_point last_heard_{}, last_told_{}, last_ping_{};

  bool ending_ = false; ///< `deadline_` counts
  steady::time_point deadline_{};
  websocket_end end_{true, false, 1006}; ///< what to tell in the end
  bool decided_ = false;                 ///< who closed, and why, is known
};

/// RFC 6455 by Beast over a wire, on which `early` came behind the upgrade request.
std::shared_ptr<websocket_core> make_websocket(std::unique_ptr<wire> w, std::string early,
                                               std::shared_ptr<server_core> core, granted_upgrade granted);

} // namespace mdai::transport::detail
