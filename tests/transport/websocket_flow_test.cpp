#include <gtest/gtest.h>

#include "tests/transport/support.hpp"

namespace mdai::transport::test {
namespace {

/// Short enough to be waited for, and nothing else happens by itself.
websocket_options quick_close() {
  websocket_options options;
  options.close_timeout = milliseconds{60};
  return options;
}

// --- a peer that does not read

TEST(websocket, ClosesASlowConsumer) {
  auto handler = std::make_shared<recorder>();
  auto options = quick_close();
  options.send_queue_limit_bytes = 1u << 20;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port(), {}, 4'096};
  EXPECT_EQ(handler->next(), "open");
  const payload message{std::string(200'000, 'x')};
  for (int i = 0; i < 100; ++i)
    if (const auto socket = handler->socket())
      socket->send(message);
  EXPECT_EQ(handler->next(), "closed 1013 by us, slow");
  EXPECT_EQ(server->counters().slow_consumers, 1u);
}

TEST(websocket, TellsASlowConsumerWhyWhenItReadsOn) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.send_queue_limit_bytes = 1u << 20;
  options.close_timeout = patience;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port(), {}, 4'096};
  EXPECT_EQ(handler->next(), "open");
  server.loops().settle();
  const payload message{std::string(8u << 20, 'x')};
  const auto socket = handler->socket();
  socket->send(message);
  socket->send(payload{std::string(1u << 20, 'y')});
  socket->send(payload{"one byte too many waits"});
  EXPECT_EQ(peer.read_frame().data.size(), 8u << 20) << "what met an empty queue is sent";
  EXPECT_EQ(peer.read_frame().code(), 1013u) << "what waited is not";
  peer.send(close_frame(1013));
  peer.socket().close();
  EXPECT_EQ(handler->next(), "closed 1013 by us, slow");
}

TEST(websocket, LetsALargeMessageInBehindASmallOneOfTheSameTurn) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.send_queue_limit_bytes = 1u << 20;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  const std::string large(2u << 20, 'l');
  const auto socket = handler->socket();
  server.loops().on_all([&] { // on the socket's own loop both are sent in one turn
    if (transport::loop::current()->index() != 0)
      return;
    socket->send(payload{"small"});
    socket->send(payload{large});
  });
  EXPECT_EQ(peer.read_text(), "small");
  EXPECT_EQ(peer.read_text(), large);
}

// --- the read window

TEST(websocket, StopsReadingPastItsWindowUntilSomethingIsConsumed) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.read_window_bytes = 10;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  const auto socket = handler->socket();
  const std::string large(100, 'w');
  peer.send(frame(1, large) + frame(1, "next") + frame(9, "alive?"));
  EXPECT_EQ(handler->next(), "text " + large) << "one message larger than the window passes";
  server.loops().settle();
  server.loops().settle();
  EXPECT_TRUE(handler->empty());
  socket->consumed(89);
  server.loops().settle();
  server.loops().settle();
  EXPECT_TRUE(handler->empty()) << "eleven bytes are still out";
  socket->consumed(1);
  EXPECT_EQ(handler->next(), "text next");
  socket->consumed(14);
  EXPECT_EQ(peer.read_frame().opcode, 10u);
}

TEST(websocket, ConsumingInsideTheCallbackKeepsItReading) {
  auto handler = std::make_shared<recorder>(echo());
  websocket_options options;
  options.read_window_bytes = 1;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  for (int i = 0; i < 50; ++i) {
    peer.send_text("message " + std::to_string(i));
    EXPECT_EQ(peer.read_text(), "message " + std::to_string(i));
  }
}

TEST(websocket, ClosesEvenWhenItsWindowIsFull) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.read_window_bytes = 1;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  peer.send_text("full");
  EXPECT_EQ(handler->next(), "text full");
  peer.send(frame(1, std::string(300'000, 'u')));
  handler->socket()->close(close_code::done, "");
  EXPECT_EQ(peer.read_frame().code(), 1000u);
  peer.send(close_frame(1000));
  EXPECT_TRUE(peer.at_end());
  peer.socket().close();
  EXPECT_EQ(handler->next(), "closed 1000 by us");
}

TEST(websocket, AppliesANewMessageLimitToTheNextMessage) {
  auto handler = std::make_shared<recorder>();
  websocket_options options;
  options.message_limit_bytes = 100;
  running_server server{websocket_route(handler, options)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  handler->socket()->set_message_limit(1'000);
  server.loops().settle();
  peer.send_text(std::string(1'000, 'l'));
  EXPECT_EQ(handler->next(), "text " + std::string(1'000, 'l'));
  handler->socket()->set_message_limit(10);
  server.loops().settle();
  peer.send_text(std::string(11, 'l'));
  EXPECT_EQ(peer.read_frame().code(), 1009u);
}

} // namespace
} // namespace mdai::transport::test
