#include <random>

#include <gtest/gtest.h>

#include "tests/transport/support.hpp"
#include "transport/detail/frame_gate.hpp"

// There are two ways of reading a message: on the spot, when it is there as one whole frame, and through Beast's
// asynchronous read otherwise. Whatever comes in whatever pieces, they must agree.
namespace mdai::transport::test {
namespace {

std::string masked_frame(std::mt19937& random, unsigned opcode, std::string_view text, bool fin) {
  auto out = frame(opcode, text, fin);
  const auto data = out.size() - text.size();
  for (std::size_t i = 0; i < 4; ++i)
    out[data - 4 + i] = static_cast<char>(random());
  for (std::size_t i = 0; i < text.size(); ++i)
    out[data + i] = static_cast<char>(out[data + i] ^ out[data - 4 + i % 4]);
  return out;
}

/// Messages as a client may send them, and what it expects back.
class conversation {
public:
  explicit conversation(unsigned seed)
      : random_(seed) {
    for (int i = 0; i < 25; ++i)
      random_() % 4 == 0 ? add_ping() : add_text();
  }

  std::string bytes;
  std::vector<std::string> texts, pings;

private:
  void add_ping() {
    pings.push_back(std::to_string(random_()) + std::string(random_() % 100, 'p'));
    bytes += masked_frame(random_, 9, pings.back(), true);
  }
  void add_text() {
    static constexpr std::size_t sizes[] = {0, 1, 125, 126, 200, 65'520, 65'535, 65'536, 65'550, 150'000};
    auto& text = texts.emplace_back("\xC3\xA9"); // two bytes that a cut may part
    text.append(sizes[random_() % std::size(sizes)], static_cast<char>('a' + random_() % 26));
    const auto parts = random_() % 3 == 0 ? 1 + random_() % 4 : 1;
    std::size_t at = 0;
    for (std::size_t i = 1; i <= parts; ++i) {
      const auto end = i == parts ? text.size() : at + random_() % (text.size() - at + 1);
      bytes +=
          masked_frame(random_, at == 0 && i == 1 ? 1 : 0, std::string_view{text}.substr(at, end - at), i == parts);
      at = end;
      if (i < parts && random_() % 2)
        add_ping();
    }
  }

  std::mt19937 random_;
};

TEST(websocket_reading, IsTheSameHoweverAConversationIsCutIntoFramesAndPieces) {
  websocket_options options;
  options.send_queue_limit_bytes = 64u << 20; // the peer reads only when it has said all
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const conversation said{seed};
    std::mt19937 random{seed};
    auto handler = std::make_shared<recorder>([](websocket& socket, payload text) {
      socket.consumed(text.size());
      socket.send(std::move(text));
    });
    running_server server{websocket_route(handler, options)};
    frame_peer peer{server.port()};
    const std::size_t largest = seed % 3 == 0 ? 50 : seed % 3 == 1 ? 5'000 : 200'000;
    for (std::size_t at = 0; at < said.bytes.size();) {
      const auto piece = std::min<std::size_t>(1 + random() % largest, said.bytes.size() - at);
      peer.send(std::string_view{said.bytes}.substr(at, piece));
      at += piece;
    }
    std::vector<std::string> texts, pongs;
    while (texts.size() + pongs.size() < said.texts.size() + said.pings.size()) {
      auto f = peer.read_frame();
      (f.opcode == 1 ? texts : pongs).push_back(std::move(f.data));
    }
    EXPECT_EQ(texts, said.texts) << "seed " << seed;
    EXPECT_EQ(pongs, said.pings) << "seed " << seed;
  }
}

TEST(frame_head, SaysWhereItsFrameEnds) {
  const struct {
    std::string bytes;
    std::size_t head, payload;
  } frames[] = {{frame(1, "abc"), 6, 3},
                {frame(1, std::string(126, 'x')), 8, 126},
                {frame(2, std::string(70'000, 'x')), 14, 70'000}};
  for (const auto& f : frames) {
    for (std::size_t n = 0; n < f.head; ++n)
      EXPECT_FALSE(detail::frame_head::read(std::string_view{f.bytes}.substr(0, n))) << n;
    const auto head = detail::frame_head::read(f.bytes);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->head_bytes, f.head);
    EXPECT_EQ(head->payload_bytes, f.payload);
  }
  const std::string endless = "\x81\xff" + std::string(8, '\xff') + std::string(4, '\0');
  EXPECT_GT(detail::frame_head::read(endless)->payload_bytes, std::size_t{1} << 62);
}

TEST(frame_gate, GivesNoByteOfTheNextFrame) {
  const auto first = frame(1, "hello"), ping = frame(9, "p");
  const auto all = first + ping + first;
  detail::frame_gate gate;
  std::string_view input = all;
  auto pass = [&](std::size_t bytes) {
    gate.passed(bytes);
    input.remove_prefix(bytes);
  };
  EXPECT_EQ(gate.admitted(input), first.size());
  pass(3);
  EXPECT_EQ(gate.admitted(input), first.size() - 3);
  pass(first.size() - 3);
  EXPECT_EQ(gate.admitted(input.substr(0, ping.size() - 1)), 0u); // a control frame comes whole
  EXPECT_EQ(gate.admitted(input), ping.size());
  pass(ping.size());
  EXPECT_EQ(gate.admitted(input.substr(0, 5)), 0u);
  EXPECT_EQ(gate.admitted(input.substr(0, 7)), 7u);
}

} // namespace
} // namespace mdai::transport::test
