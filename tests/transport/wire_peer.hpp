#pragma once
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "transport/detail/wire.hpp"

namespace mdai::transport::detail::test {

/// A loop and one end of a connection; the test holds the other end. Packets keep their bounds, so each call of the
/// wire's is seen.
class wire_peer : public testing::Test {
protected:
  wire_peer() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ours = ends[0];
    peer = ends[1];
  }
  ~wire_peer() override { hang_up(); }
  void say(std::string_view bytes) { ASSERT_EQ(::send(peer, bytes.data(), bytes.size(), 0), ssize_t(bytes.size())); }
  /// One packet; "nothing" when there is none, "end" at the end.
  std::string hear() {
    std::string bytes(1u << 20, '\0');
    const auto n = ::recv(peer, bytes.data(), bytes.size(), 0);
    return n > 0 ? bytes.substr(0, static_cast<std::size_t>(n)) : n == 0 ? "end" : "nothing";
  }
  void hang_up() {
    if (peer >= 0)
      ::close(std::exchange(peer, -1));
  }
  void run() {
    for (int i = 0; i < 10 && home.poll(); ++i) {
    }
  }

  loop home{0};
  int ours = -1; ///< whoever makes a wire of it owns it
  int peer = -1;
};

} // namespace mdai::transport::detail::test
