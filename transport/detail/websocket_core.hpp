#pragma once
#include <deque>
#include <memory>
#include <string>

#include "transport/detail/byte_stream.hpp"
#include "transport/detail/connection_set.hpp"
#include "transport/detail/dispatch.hpp"
#include "transport/websocket.hpp"

namespace mdai::transport::detail {

/// Everything a WebSocket does but the framing: send queue, read window, liveness, closing, and telling the
/// handler. What lies below derives from it and does one thing at a time. On the loop's thread, but for the
/// methods of `websocket`.
///
///   opening -> open -> flushing (queue) -> closing (close frames) -> ended
class websocket_core : public websocket, public connection, public std::enable_shared_from_this<websocket_core> {
public:
  websocket_core(loop& home, std::shared_ptr<server_core> core, granted_upgrade granted);
  ~websocket_core() override;

  /// Once, when it is in its set: answers the handshake with `key`.
  void accept(const std::string& key, const std::string& request_id);

  loop& home() const final { return home_; }
  void send(payload text) final;
  void close(close_code code, std::string reason) final;
  void ping() final;
  void consumed(std::size_t bytes) final;
  void set_message_limit(std::size_t bytes) final;

  void sweep(steady::time_point now) final;
  void abort() final;

protected:
  /// How the framing below fails.
  enum class failure {
    too_big,
    invalid_utf8,
    protocol,
    lost, ///< or closed by the peer
  };

  // What the framing does. Each start_ ends in its on_, never inside the call; what is under way at drop()
  // may end unheard.
  virtual void start_accept(const std::string& key, const std::string& request_id) = 0;
  virtual void start_read() = 0; ///< some of the current message
  virtual void start_write(std::string_view text) = 0;
  virtual void start_ping() = 0;
  virtual void start_close(std::uint16_t code, std::string_view reason) = 0;
  virtual void limit_messages(std::size_t bytes) = 0;
  virtual void drop() = 0;

  void on_accepted(bool ok);
  /// `bytes` more of a message; `text` is all of it when it is whole and text.
  void on_message_part(std::size_t bytes, bool whole, bool binary, std::string_view text);
  /// After it, when the buffer may be filled anew.
  void read_on();
  /// Whether messages still reach the handler.
  bool delivers() const { return phase_ == phase::open; }
  void on_failed_read(failure how);
  void on_written(bool ok);
  void on_pinged() { pinging_ = false; }
  void on_closed();
  void on_pong_frame();
  /// As websocket_handler has it; in the middle of a read.
  void on_idle_frame(std::size_t bytes);
  /// The framing ends the connection by itself, in answer to the peer.
  void on_ending();
  /// The peer's close frame has come; 1005 when it had no code.
  void on_peer_close(std::uint16_t code);
  /// The wire gave bytes or waits for them, as it was told to.
  void on_heard() { heard_ = true; }

private:
  enum class phase { opening, open, flushing, closing, ended };

  template <class F>
  void on_loop(F&& f);
  void do_send(payload text);
  void do_close(std::uint16_t code, std::string reason);
  void do_ping();
  void on_slow_consumer();
  void tell_closing();
  void pump();
  void write(payload text);
  void deliver(bool binary, std::string_view text);
  void check_liveness(steady::time_point now);
  void close_within_limit();
  bool we_close() const { return phase_ == phase::flushing || phase_ == phase::closing; }
  void end(websocket_end how);

  loop& home_;
  const std::shared_ptr<server_core> core_;
  const address_counter::ticket ticket_;
  std::shared_ptr<websocket_handler> handler_;
  websocket_options options_;
  phase phase_ = phase::opening;

  std::deque<payload> waiting_; ///< behind the one being written
  std::size_t waiting_bytes_ = 0;
  payload writing_text_;
  bool writing_ = false, broken_ = false; ///< broken: nothing can be written any more

  std::size_t message_bytes_ = 0; ///< of the message that is coming in
  std::size_t unconsumed_bytes_ = 0;
  bool reading_ = false, delivering_ = false;

  bool heard_ = true, told_ = true; ///< since the last sweep
  bool pinging_ = false, told_closing_ = false;
  steady::time_point last_heard_{}, last_told_{}, last_ping_{};

  bool ending_ = false; ///< `deadline_` counts
  steady::time_point deadline_{};
  websocket_end end_{true, false, 1006}; ///< what to tell when it ends without more ado
  std::string reason_;
};

/// The framing over either stream; `early` came with the upgrade request. One translation unit each: Beast
/// compiles slowly.
std::shared_ptr<websocket_core> make_websocket(plain_stream stream, std::string early, loop& home,
                                               std::shared_ptr<server_core> core, granted_upgrade granted);
std::shared_ptr<websocket_core> make_websocket(tls_stream stream, std::string early, loop& home,
                                               std::shared_ptr<server_core> core, granted_upgrade granted);

} // namespace mdai::transport::detail
