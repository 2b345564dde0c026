#include "transport/detail/wire_stream.hpp"

#include <memory>
#include <optional>
#include <string>

#include "tests/transport/wire_peer.hpp"

namespace mdai::transport::detail::test {
namespace {

/// Does for a wire_stream what a WebSocket does: feeds it, and tells it that the peer has ended its half.
struct feeding_owner : wire_owner {
  void on_input() override {
    if (s->waiting())
      s->feed();
  }
  void on_lost(bool) override {
    if (!s->end(net::error::eof))
      s->end_next(net::error::eof);
  }
  wire_stream* s = nullptr;
};

/// How an asynchronous operation went.
using outcome = std::optional<error_code>;

class WireStream : public wire_peer {
protected:
  WireStream() {
    auto w = std::make_unique<wire>(home, ours);
    auto& below = *w;
    s = std::make_unique<wire_stream>(std::move(w), [] {});
    owner.s = s.get();
    home.turn([&] { below.start(owner, nullptr); });
  }
  void read(outcome& how) {
    s->async_read_some(net::buffer(bytes), [this, &how](error_code ec, std::size_t n) {
      got.append(bytes, n);
      how = ec;
    });
  }
  void tear_down(outcome& how) {
    async_teardown(beast::role_type::server, *s, [&how](error_code ec) { how = ec; });
  }

  feeding_owner owner;
  std::unique_ptr<wire_stream> s;
  char bytes[64];
  std::string got;
};

// A text frame of two bytes, masked by zeros.
const std::string hello{"\x81\x82\0\0\0\0hi", 8};

TEST_F(WireStream, ReadsWhatComesLaterThanItIsAsked) {
  outcome how;
  read(how);
  run();
  EXPECT_FALSE(how);
  say(hello);
  run();
  EXPECT_EQ(how, error_code{});
  EXPECT_EQ(got, hello);
}

TEST_F(WireStream, EndsTheReadThatWaitsWhenThePeerEndsItsHalf) {
  outcome how;
  read(how);
  hang_up();
  run();
  EXPECT_EQ(how, error_code{net::error::eof});
}

// Beast's closing handshake writes, then reads: between the two steps nobody waits, and the news comes once only.
TEST_F(WireStream, EndsTheReadThatComesAfterThePeerHasEndedItsHalf) {
  hang_up();
  run();
  outcome how;
  read(how);
  run();
  EXPECT_EQ(how, error_code{net::error::eof});
}

TEST_F(WireStream, EndsTheTeardownThatComesAfterThePeerHasEndedItsHalf) {
  hang_up();
  run();
  outcome how;
  tear_down(how);
  run();
  EXPECT_EQ(how, error_code{});
}

TEST_F(WireStream, ReadsTheLastWordsBeforeItEnds) {
  say(hello);
  hang_up();
  run();
  outcome first, second;
  read(first);
  run();
  EXPECT_EQ(first, error_code{});
  EXPECT_EQ(got, hello);
  read(second);
  run();
  EXPECT_EQ(second, error_code{net::error::eof});
}

TEST_F(WireStream, WaitsWithItsTeardownForThePeer) {
  outcome how;
  tear_down(how);
  run();
  EXPECT_FALSE(how);
  EXPECT_EQ(hear(), "end");
  hang_up();
  run();
  EXPECT_EQ(how, error_code{net::error::eof});
}

TEST_F(WireStream, AbortsAReadOnAClosedWire) {
  s->below().close();
  outcome how;
  read(how);
  run();
  EXPECT_EQ(how, error_code{net::error::operation_aborted});
}

} // namespace
} // namespace mdai::transport::detail::test
