#include <gtest/gtest.h>

#include "tests/transport/support.hpp"

namespace mdai::transport::test {
namespace {

constexpr auto no_pings = std::chrono::hours{1};

/// Short enough to be waited for, and nothing else happens by itself.
websocket_options quick_close() {
  websocket_options options;
  options.close_timeout = milliseconds{60};
  return options;
}

TEST(websocket, EchoesTextInOrder) {
  auto handler = std::make_shared<recorder>(echo());
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  peer.send(frame(1, "one") + frame(1, "") + frame(1, "three"));
  EXPECT_EQ(peer.read_text(), "one");
  EXPECT_EQ(peer.read_text(), "");
  EXPECT_EQ(peer.read_text(), "three");
  EXPECT_EQ(server->counters().websockets, 1);
}

TEST(websocket, CarriesTheRequestIdInItsHandshake) {
  running_server server{websocket_route(std::make_shared<recorder>())};
  raw_peer peer{server.port()};
  const auto answer = peer.ask(upgrade_request("X-Request-Id: mine\r\n"));
  EXPECT_EQ(answer.result_int(), 101u);
  EXPECT_EQ(answer["X-Request-Id"], "mine");
  EXPECT_EQ(answer["Sec-WebSocket-Accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer["Server"], "mdai-broker");
}

TEST(websocket, ReadsFramesThatCameAlongWithTheUpgrade) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  raw_peer peer{server.port()};
  const std::string large(5'000, 'x');
  peer.send(upgrade_request() + frame(1, "early") + frame(1, large));
  EXPECT_EQ(peer.read_response().result_int(), 101u);
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "text early");
  EXPECT_EQ(handler->next(), "text " + large);
}

TEST(websocket, JoinsFragmentsWithAPingBetween) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  peer.send(frame(1, "gr\xc3", false) + frame(9, "?") + frame(0, "\xbc", false) + frame(0, "n", true));
  const auto pong = peer.read_frame();
  EXPECT_EQ(pong.opcode, 10u);
  EXPECT_EQ(pong.data, "?");
  EXPECT_EQ(handler->next(), "text gr\xc3\xbcn");
}

TEST(websocket, DeliversBinaryWholeHoweverItComes) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  const std::string large(100'000, '\xff');
  peer.send(frame(2, "\xff\xd8") + frame(2, large) + frame(2, "in ", false) + frame(0, "parts", true) +
            frame(1, "then text"));
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "binary \xff\xd8");
  EXPECT_EQ(handler->next(), "binary " + large);
  EXPECT_EQ(handler->next(), "binary in parts");
  EXPECT_EQ(handler->next(), "text then text");
}

TEST(websocket, SendsMessagesOfEverySizeInOneFrame) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  for (std::size_t size : {0u, 125u, 126u, 65'535u, 65'536u, 3'000'000u}) {
    handler->socket()->send(payload{std::string(size, 'm')});
    const auto f = peer.read_frame();
    EXPECT_TRUE(f.fin);
    EXPECT_EQ(f.opcode, 1u);
    EXPECT_EQ(f.data.size(), size);
  }
}

TEST(websocket, ClosesOnWhatThePeerMayNotSend) {
  const struct {
    const char* what;
    std::string bytes;
    unsigned code;
  } cases[] = {
      {"too big", frame(1, std::string(1'001, 'x')), 1009},
      {"announced too big", frame(1, std::string(10'000'000, 'x')).substr(0, 14), 1009},
      {"fragments too big together", frame(1, std::string(600, 'x'), false) + frame(0, std::string(600, 'x')), 1009},
      {"broken UTF-8", frame(1, "\xff"), 1007},
      {"UTF-8 that ends too early", frame(1, "\xc3"), 1007},
      {"no mask", std::string{"\x81\x01x"}, 1002},
      {"a reserved opcode", frame(3, "x"), 1002},
      {"a continuation of nothing", frame(0, "x"), 1002},
      {"a fragmented ping", frame(9, "x", false), 1002},
      {"a long ping", frame(9, std::string(126, 'x')), 1002},
      {"a reserved bit", std::string{"\xc1\x80"} + std::string(4, '\0'), 1002},
      {"a close code of one byte", frame(8, "x"), 1002},
      {"a close code that may not travel", close_frame(1005), 1002},
  };
  for (const auto& c : cases) {
    auto handler = std::make_shared<recorder>();
    websocket_options options;
    options.message_limit_bytes = 1'000;
    running_server server{websocket_route(handler, options)};
    frame_peer peer{server.port()};
    EXPECT_EQ(handler->next(), "open");
    peer.send(c.bytes);
    const auto f = peer.read_frame();
    EXPECT_EQ(f.opcode, 8u) << c.what;
    EXPECT_EQ(f.code(), c.code) << c.what;
    EXPECT_TRUE(peer.at_end()) << c.what;
    EXPECT_TRUE(handler->hears_closing()) << c.what; // before the peer has ended its half
    peer.socket().close();
    EXPECT_EQ(handler->next(), "closed " + std::to_string(c.code) + " by us") << c.what;
  }
}

TEST(websocket, TellsOfFramesThatBringNothing) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  peer.send(frame(9, "ping") + frame(10, ""));
  EXPECT_EQ(peer.read_frame().opcode, 10u);
  EXPECT_EQ(handler->next(), "pong");
  server.loops().settle();
  EXPECT_EQ(handler->idle_bytes(), 5u + 1);
}

TEST(websocket, TellsThatItClosesBeforeThePeerAgrees) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  handler->socket()->close(close_code::rate_limited, "rate limit");
  EXPECT_TRUE(handler->hears_closing());
  EXPECT_EQ(peer.read_frame().code(), 4429u);
}

TEST(websocket, AnswersThePeersClose) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  const struct {
    std::string frame;
    unsigned answered;
    std::string event;
  } cases[] = {
      {close_frame(1000), 1000, "closed 1000 by peer"},
      {close_frame(4321), 4321, "closed 4321 by peer"},
      {frame(8, ""), 1000, "closed 1005 by peer"},
  };
  for (const auto& c : cases) {
    frame_peer peer{server.port()};
    EXPECT_EQ(handler->next(), "open");
    peer.send(c.frame);
    const auto f = peer.read_frame();
    EXPECT_EQ(f.opcode, 8u);
    EXPECT_TRUE(f.code() == c.answered || f.data.empty());
    EXPECT_TRUE(peer.at_end());
    peer.socket().close();
    EXPECT_EQ(handler->next(), c.event);
  }
}

TEST(websocket, FlushesItsQueueBeforeItCloses) {
  auto handler = std::make_shared<recorder>([](websocket& socket, payload) {
    for (int i = 0; i < 100; ++i)
      socket.send(payload{std::to_string(i)});
    socket.close(close_code::multi_scan, "enough");
    socket.send(payload{"too late"});
    socket.close(close_code::done, "once");
  });
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  peer.send_text("go");
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(peer.read_text(), std::to_string(i));
  const auto f = peer.read_frame();
  EXPECT_EQ(f.code(), 4409u);
  EXPECT_EQ(f.data.substr(2), "enough");
  peer.send(frame(1, "still talking") + close_frame(4409));
  EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "text go");
  peer.socket().close();
  EXPECT_EQ(handler->next(), "closed 4409 by us") << "nothing after its close reaches the handler";
}

TEST(websocket, ClosesFromInsideOnOpen) {
  struct closer : recorder {
    void on_open(websocket_ptr socket) override {
      recorder::on_open(socket);
      socket->send(payload{"no"});
      socket->close(close_code::unauthorized, "bad token");
    }
  };
  auto handler = std::make_shared<closer>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(peer.read_text(), "no");
  EXPECT_EQ(peer.read_frame().code(), 4401u);
  peer.send(close_frame(4401));
  EXPECT_TRUE(peer.at_end());
}

TEST(websocket, CutsALongReasonBetweenCharacters) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  std::string reason(122, 'x');
  handler->socket()->close(close_code::policy, reason + "\xc3\xbc and more");
  EXPECT_EQ(peer.read_frame().data.substr(2), reason);
}

TEST(websocket, DropsAPeerThatDoesNotAnswerItsClose) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler, quick_close())};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  handler->socket()->close(close_code::done, "");
  EXPECT_EQ(peer.read_frame().code(), 1000u);
  EXPECT_EQ(handler->next(), "closed 1000 by us");
}

TEST(websocket, DropsAPeerThatAnswersTheCloseButNeverEndsTheConnection) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler, quick_close())};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  peer.send(close_frame(1000));
  EXPECT_EQ(handler->next(), "closed 1000 by peer") << "its half stays open: it is dropped in the end";
}

TEST(websocket, TellsThatThePeerVanished) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  {
    frame_peer peer{server.port()};
    EXPECT_EQ(handler->next(), "open");
  }
  EXPECT_EQ(handler->next(), "closed 1006 by peer");
}

TEST(websocket, AbortsWithTheServer) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  server.end();
  EXPECT_EQ(handler->next(), "closed 1006 by us");
}

// --- life

TEST(websocket, PingsOnRequestAndHearsThePong) {
  auto handler = std::make_shared<recorder>();
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  handler->socket()->ping();
  EXPECT_EQ(peer.read_frame().opcode, 9u);
  peer.send(frame(10, ""));
  EXPECT_EQ(handler->next(), "pong");
}

TEST(websocket, PingsAQuietPeerAndKeepsItWhileItAnswers) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.ping_interval = milliseconds{20};
  options.silence_limit = seconds{10};
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(peer.read_frame().opcode, 9u);
    peer.send(frame(10, ""));
    EXPECT_EQ(handler->next(), "pong");
  }
}

TEST(websocket, DropsASilentPeer) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.ping_interval = no_pings;
  options.silence_limit = milliseconds{40};
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "closed 1006 by peer");
}

TEST(websocket, DoesNotBlameThePeerForItsOwnPause) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.ping_interval = no_pings;
  options.silence_limit = milliseconds{40};
  options.read_window_bytes = 1;
  running_server server{websocket_route(handler, options)};
  auto silent_handler = std::make_shared<recorder>();
  running_server other{websocket_route(silent_handler, options)};
  raw_peer paused{server.port()};
  paused.send(upgrade_request() + frame(1, "full"));
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "text full");
  frame_peer silent{other.port()};
  EXPECT_EQ(silent_handler->next(), "open");
  EXPECT_EQ(silent_handler->next(), "closed 1006 by peer") << "a silence limit later";
  EXPECT_TRUE(handler->empty());
}

} // namespace
} // namespace mdai::transport::test
