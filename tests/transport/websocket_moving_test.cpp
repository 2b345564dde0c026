#include <gtest/gtest.h>

#include "tests/transport/certificates.hpp"
#include "tests/transport/support.hpp"
#include "tests/transport/tls_peer.hpp"

// A WebSocket may change its loop. Nobody at its other end notices, whatever is on its way meanwhile.
namespace mdai::transport::test {
namespace {

/// Moves to the next of the loops when it hears "move" or a pong; says where it is to everything else.
class nomad final : public recorder {
public:
  nomad()
      : recorder([this](websocket& socket, payload text) {
        const auto size = text.size();
        if (text.view() == "move")
          move(socket);
        else
          socket.send(payload{place() + std::string{text.view()}});
        socket.consumed(size);
      }) {}
  void on_pong() override { move(*socket()); }

  std::vector<loop*> loops; ///< filled before the first connection

private:
  static std::string place() { return std::to_string(loop::current()->index()) + " "; }
  void move(websocket& socket) {
    auto& next = *loops[(socket.home().index() + 1) % loops.size()];
    socket.move_to(next, [&socket] { socket.send(payload{place() + "arrived"}); });
  }
};

class moving : public testing::Test {
protected:
  void start(std::shared_ptr<tls_server_context> tls = nullptr) {
    server = std::make_unique<running_server>(websocket_route(handler), shared_settings{}, std::move(tls));
    handler->loops = server->loops().all();
  }

  std::shared_ptr<nomad> handler = std::make_shared<nomad>();
  std::unique_ptr<running_server> server;
};

TEST_F(moving, IsWhereItWasToldToBe) {
  start();
  frame_peer peer{server->port()};
  peer.send_text("hello");
  EXPECT_EQ(peer.read_text(), "0 hello");
  peer.send_text("move");
  EXPECT_EQ(peer.read_text(), "1 arrived");
  peer.send_text("hello");
  EXPECT_EQ(peer.read_text(), "1 hello");
  peer.send_text("move");
  EXPECT_EQ(peer.read_text(), "0 arrived");
}

TEST_F(moving, TakesAlongWhatCameBehindTheOrder) {
  start();
  frame_peer peer{server->port()};
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += frame(1, "move") + frame(1, std::to_string(i)) + frame(1, "and more");
  peer.send(bytes);
  for (int i = 0; i < 20; ++i) {
    const auto there = std::to_string((i + 1) % 2) + " ";
    EXPECT_EQ(peer.read_text(), there + "arrived");
    EXPECT_EQ(peer.read_text(), there + std::to_string(i));
    EXPECT_EQ(peer.read_text(), there + "and more");
  }
}

TEST_F(moving, TakesAlongTheBeginningOfAFrame) {
  start();
  frame_peer peer{server->port()};
  const auto whole = frame(1, "in two parts");
  peer.send(frame(1, "move") + whole.substr(0, 9));
  EXPECT_EQ(peer.read_text(), "1 arrived");
  peer.send(whole.substr(9));
  EXPECT_EQ(peer.read_text(), "1 in two parts");
}

TEST_F(moving, StaysInTheMiddleOfAMessage) {
  start();
  frame_peer peer{server->port()};
  peer.send(frame(1, "a message ", false) + frame(10, ""));
  EXPECT_EQ(peer.read_text(), "0 arrived");
  peer.send(frame(0, "in fragments"));
  EXPECT_EQ(peer.read_text(), "0 a message in fragments");
}

TEST_F(moving, TakesAlongWhatIsNotSentYet) {
  start();
  frame_peer peer{server->port(), {}, 4'096};
  const std::string large(3u << 20, 'x');
  EXPECT_EQ(handler->next(), "open");
  handler->socket()->send(payload{large});
  server->loops().settle();
  peer.send_text("move");
  EXPECT_TRUE(peer.read_text() == large);
  EXPECT_EQ(peer.read_text(), "1 arrived");
}

TEST_F(moving, HearsOfAPeerThatGoesMeanwhile) {
  start();
  for (int i = 0; i < 20; ++i) {
    frame_peer peer{server->port()};
    EXPECT_EQ(handler->next(), "open");
    peer.send(frame(1, "move") + (i % 2 ? close_frame(1000) : std::string{}));
    peer.socket().close();
    EXPECT_EQ(handler->next(), "text move");
    EXPECT_EQ(handler->next().substr(0, 6), "closed");
  }
}

TEST_F(moving, IsAskedWhetherItLivesInTimeOnItsNewLoop) {
  websocket_options options;
  options.ping_interval = milliseconds{20};
  options.silence_limit = milliseconds{700}; // over before a set that is not in a hurry looks for the first time
  server = std::make_unique<running_server>(websocket_route(handler, options));
  handler->loops = server->loops().all();
  frame_peer peer{server->port()};
  peer.send_text("move");
  auto heard = peer.read_frame();
  while (heard.opcode == 1)
    heard = peer.read_frame();
  EXPECT_EQ(heard.opcode, 9u);
}

TEST_F(moving, TakesItsTlsAlong) {
  scratch_directory files;
  write_certificate(files.file("cert"), files.file("key"), "DNS:localhost");
  auto context = std::make_shared<tls_server_context>(files.file("cert"), files.file("key"));
  std::string why;
  ASSERT_TRUE(context->reload(why)) << why;
  start(context);
  tls_websocket peer{server->port()};
  for (int i = 1; i <= 6; ++i) {
    const auto there = std::to_string(i % 2) + " ";
    peer.send_text("move");
    EXPECT_EQ(peer.read_text(), there + "arrived");
    peer.send_text("hello");
    EXPECT_EQ(peer.read_text(), there + "hello");
  }
}

} // namespace
} // namespace mdai::transport::test
