#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "transport/detail/wire_tls.hpp"

namespace mdai::transport {
class loop;
}

namespace mdai::transport::detail {

class wire;

/// The connected sockets of one loop behind one epoll instance: reads those that are ready, and sends at the end of a
/// turn what gathered in it, with one call per socket. On the loop's thread.
class poller {
public:
  explicit poller(loop& home);
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Readable when one of its sockets is.
  int descriptor() const { return epoll_; }
  /// Serves the sockets that are ready, without waiting. Within a turn.
  void serve();
  /// Sends what the marked wires hold back.
  void flush();

  // For the wires.
  void add(wire& w, int fd);
  void change(wire& w, int fd, bool input, bool output);
  void remove(wire& w, int fd);
  /// It has something to send at the end of the turn. Once until it is flushed.
  void mark(wire& w) { marked_.push_back(&w); }

  /// Its rest is offered to its owner in the next turn.
  void offer_later(wire& w);

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

  loop& home_;
  int epoll_;
  tls_channel channel_;
  std::vector<wire*> marked_, offers_;
  std::vector<std::string> spare_;
  std::array<char, buffer_bytes> input_;
  std::array<char, buffer_bytes> cipher_;
};

} // namespace mdai::transport::detail
