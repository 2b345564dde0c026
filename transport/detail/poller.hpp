#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/epoll.h>

#include "transport/detail/wire_tls.hpp"

namespace mdai::transport {
class loop;
}

namespace mdai::transport::detail {

class wire;

/// A socket that the poller looks at.
class watched {
public:
  /// As epoll has it. In a turn; the watched may go in it.
  virtual void on_ready(std::uint32_t events) = 0;

protected:
  ~watched() = default;
};

/// The sockets of one loop behind one epoll instance. Reads the wires that are ready, and sends at the end of a turn
/// what gathered in it, with one call per wire. On the loop's thread, but for wake().
class poller {
public:
  explicit poller(loop& home);
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Waits until a socket is ready, for `milliseconds` at most (-1: for ever), or until wake(). How many are ready.
  int wait(int milliseconds);
  /// Ends the wait, or the next one. Any thread.
  void wake();
  /// Serves those that wait() found. Within a turn.
  void serve();
  /// Sends what the marked wires hold back.
  void flush();

  /// Level-triggered: what is left undone is told again. False: the kernel has no room for one more.
  bool add(watched& w, int fd, std::uint32_t events);
  void change(watched& w, int fd, std::uint32_t events);
  void remove(watched& w, int fd);

  // -- for the wires --------------------------------------------------------------------------------------------------

  /// It has something to send at the end of the turn. Once until it is flushed.
  void mark(wire& w) { marked_.push_back(&w); }
  /// Its rest is offered to its owner in the next turn.
  void offer_later(wire& w);
  /// Nothing of the above any more.
  void forget(wire& w);

  /// Where all input goes first; valid until the next wire is served.
  static constexpr std::size_t buffer_bytes = 64u << 10;
  char* input_buffer() { return input_.data(); }
  /// Received ciphertext, of the wire that is being served.
  char* cipher_buffer() { return cipher_.data(); }
  tls_channel& channel() { return channel_; }

  /// Memory for what waits to be sent, used again and again.
  std::string take_buffer();
  void give_back(std::string&& buffer);

private:
  void offer_rests();

  static constexpr int events_at_once = 256;

  loop& home_;
  int epoll_ = -1, wake_ = -1;
  int ready_ = 0;
  std::array<epoll_event, events_at_once> events_;
  tls_channel channel_;
  std::vector<wire*> marked_, offers_;
  std::vector<std::string> spare_;
  std::array<char, buffer_bytes> input_;
  std::array<char, buffer_bytes> cipher_;
};

} // namespace mdai::transport::detail
