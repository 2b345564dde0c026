#include <gtest/gtest.h>

#include "tests/transport/support.hpp"

// Who gets a WebSocket: what is refused before the upgrade, and how the sockets of an address are counted.
namespace mdai::transport::test {
namespace {

TEST(websocket, IsRefusedBeforeTheUpgrade) {
  auto handler = std::make_shared<recorder>();
  running_server server{[&](router& r) {
    websocket_route(handler)(r);
    r.add_websocket("/full", [](const http_request&) {
      http_response refusal{.status = 503};
      refusal.headers.set("Retry-After", "7");
      return refusal;
    });
    r.add_websocket("/throw", [](const http_request&) -> websocket_accept { throw std::runtime_error("secret"); });
  }};
  const auto with = [](std::string key, std::string version) {
    return get("/ws", "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: " + version +
                          "\r\nSec-WebSocket-Key: " + key + "\r\n");
  };
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  EXPECT_EQ(raw_peer{server.port()}.ask(with(key, "13")).result_int(), 101u);
  const auto old = raw_peer{server.port()}.ask(with(key, "8"));
  EXPECT_EQ(old.result_int(), 426u);
  EXPECT_EQ(old["Sec-WebSocket-Version"], "13");
  EXPECT_EQ(raw_peer{server.port()}.ask(with("short", "13")).result_int(), 400u);
  EXPECT_EQ(raw_peer{server.port()}.ask(with("", "13")).result_int(), 400u);
  EXPECT_EQ(raw_peer{server.port()}.ask(upgrade_request("Origin: https://evil.example\r\n")).result_int(), 403u);
  EXPECT_EQ(raw_peer{server.port()}.ask(upgrade_request("Origin: http://test\r\n")).result_int(), 101u);
  const auto full = raw_peer{server.port()}.ask(upgrade_request("", "/full"));
  EXPECT_EQ(full.result_int(), 503u);
  EXPECT_EQ(full["Retry-After"], "7");
  EXPECT_EQ(raw_peer{server.port()}.ask(upgrade_request("", "/throw")).result_int(), 500u);
  EXPECT_EQ(server->counters().refused_upgrades, 5u);
}

TEST(websocket, ReadsItsMessagesThoughItsUpgradeCameBehindAnotherRequest) {
  auto handler = std::make_shared<recorder>();
  running_server server{[&](router& r) {
    websocket_route(handler)(r);
    r.add("GET", "/first", [](http_request, http_responder respond) { respond({}); });
  }};
  raw_peer peer{server.port()};
  peer.send(get("/first") + upgrade_request());
  EXPECT_EQ(peer.read_response().result_int(), 200u);
  EXPECT_EQ(peer.read_response().result_int(), 101u);
  EXPECT_EQ(handler->next(), "open");
  peer.send(frame(1, "hello"));
  EXPECT_EQ(handler->next(), "text hello");
}

TEST(server, ClosesTheConnectionThatIsOneTooMany) {
  event turned_away;
  running_loops loops{2};
  auto routes = std::make_shared<router>();
  routes->add("GET", "/", [](http_request, http_responder respond) { respond({}); });
  server tested{loops.all(),
                {.addresses = make_address_counter(2), .on_turned_away = [&] { turned_away.set(); }},
                routes,
                std::make_shared<shared_settings>()};
  ASSERT_TRUE(tested.start());
  auto first = std::make_unique<raw_peer>(tested.port());
  raw_peer second{tested.port()};
  EXPECT_EQ(first->ask(get("/")).result_int(), 200u);
  EXPECT_EQ(second.ask(get("/")).result_int(), 200u);
  raw_peer third{tested.port()};
  EXPECT_TRUE(turned_away.wait());
  EXPECT_TRUE(third.at_end());
  EXPECT_EQ(second.ask(get("/")).result_int(), 200u) << "who is in stays in";
}

TEST(websocket, LimitsTheSocketsOfAnAddress) {
  auto handler = std::make_shared<recorder>();
  shared_settings settings;
  settings.limit.sockets_per_address = 2;
  running_server server{websocket_route(handler), settings};
  auto first = std::make_unique<frame_peer>(server.port());
  frame_peer second{server.port()};
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "open");
  const auto refused = raw_peer{server.port()}.ask(upgrade_request());
  EXPECT_EQ(refused.result_int(), 429u);
  EXPECT_NE(refused["Retry-After"], "");
  first = nullptr;
  EXPECT_EQ(handler->next(), "closed 1006 by peer");
  server.loops().settle();
  server.loops().settle();
  EXPECT_EQ(raw_peer{server.port()}.ask(upgrade_request()).result_int(), 101u) << "a place is free again";
}

TEST(websocket, CountsTogetherWithAnotherListener) {
  auto handler = std::make_shared<recorder>();
  shared_settings settings;
  settings.limit.sockets_per_address = 1;
  const auto addresses = make_address_counter();
  running_server one{websocket_route(handler), settings, nullptr, addresses};
  running_server other{websocket_route(handler), settings, nullptr, addresses};
  frame_peer peer{one.port()};
  EXPECT_EQ(raw_peer{other.port()}.ask(upgrade_request()).result_int(), 429u);
}

TEST(websocket, CountsBehindATrustedProxyByTheForwardedAddress) {
  shared_settings settings;
  settings.limit.sockets_per_address = 1;
  settings.trusted_proxies = {"127.0.0.1"};
  running_server server{websocket_route(std::make_shared<recorder>()), settings};
  frame_peer one{server.port(), "X-Forwarded-For: 203.0.113.1\r\n"},
      other{server.port(), "X-Forwarded-For: 203.0.113.2\r\n"};
  frame_peer proxy{server.port()}, proxy_again{server.port()};
  EXPECT_EQ(raw_peer{server.port()}.ask(upgrade_request("X-Forwarded-For: 203.0.113.1\r\n")).result_int(), 429u);
}

TEST(websocket, TakesCallsFromAnyThread) {
  auto handler = std::make_shared<recorder>(echo());
  running_server server{websocket_route(handler)};
  frame_peer peer{server.port()};
  EXPECT_EQ(handler->next(), "open");
  const auto socket = handler->socket();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([socket] {
      for (int i = 0; i < 250; ++i)
        socket->send(payload{"x"});
    });
  for (auto& t : threads)
    t.join();
  socket->close(close_code::done, "");
  for (int i = 0; i < 1'000; ++i)
    ASSERT_EQ(peer.read_text(), "x");
  EXPECT_EQ(peer.read_frame().code(), 1000u);
}

} // namespace
} // namespace mdai::transport::test
