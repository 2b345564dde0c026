#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>

#include "bench/load/loop.hpp"
#include "bench/load/tls.hpp"

namespace mdai::load {

/// Where a stream connects to, and whether over TLS. IPv4.
struct endpoint {
  sockaddr_in address{};
  SSL_CTX* tls = nullptr; ///< null: plain
};

/// What happens on a stream.
class stream_events {
public:
  /// Connected, TLS handshake included.
  virtual void on_open() = 0;
  /// What has been received and not been used yet; answers how much of it is used now. What on_bytes puts into out()
  /// is sent in one go when it returns.
  virtual std::size_t on_bytes(std::string_view bytes) = 0;
  /// The stream is closed; empty `why`: the server closed it in good order. May open it anew.
  virtual void on_end(const std::string& why) = 0;

protected:
  ~stream_events() = default;
};

/// A non-blocking client socket, plain or TLS. Can be opened again after its end.
class stream final : io_handler {
public:
  stream(loop& on, stream_events& events)
      : loop_(on)
      , events_(events) {}
  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  /// Begins to connect; on_open or on_end tells how it went, in a later turn. `source`: local address in host order, 0
  /// for any. `resumed`: a TLS session to resume, or null.
  void open(const endpoint& to, std::uint32_t source = 0, SSL_SESSION* resumed = nullptr);
  /// Bytes to send; flush() sends them.
  std::string& out() { return out_; }
  void flush();
  /// Tells the server that nothing more comes: close_notify and FIN. What it still sends is received.
  void finish();
  /// Closes without a call of on_end.
  void close();

  bool is_open() const { return state_ == state::open; }
  SSL* tls() { return ssl_.get(); }

private:
  enum class state : std::uint8_t { closed, connecting, shaking_hands, open };

  void on_io(std::uint32_t events) override;
  void connected();
  void shake_hands();
  void receive();
  void hand_over(std::string_view bytes);
  void send_out();
  long read_some(char* into, std::size_t room);
  long read_tls(char* into, std::size_t room);
  long write_some(std::string_view bytes);
  void want_write(bool wanted);
  void end(const std::string& why);

  loop& loop_;
  stream_events& events_;
  int fd_ = -1;
  state state_ = state::closed;
  bool wants_write_ = false, in_callback_ = false;
  ssl_ptr ssl_;
  std::string out_, rest_; ///< rest_: received and not used yet
};

} // namespace mdai::load
