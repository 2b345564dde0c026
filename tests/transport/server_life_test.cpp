#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/transport/sample_routes.hpp"

namespace mdai::transport::test {
namespace {

// --- CORS

std::string preflight(std::string_view origin, std::string_view target = "/say") {
  return "OPTIONS " + std::string{target} + " HTTP/1.1\r\nHost: test\r\nOrigin: " + std::string{origin} +
         "\r\nAccess-Control-Request-Method: POST\r\n\r\n";
}

TEST(server_cors, AnswersAPreflightOfAnAllowedOrigin) {
  shared_settings settings;
  settings.cors.allowed_origins = {"https://app.example"};
  running_server server{routes, settings};
  raw_peer peer{server.port()};
  const auto answer = peer.ask(preflight("https://app.example"));
  EXPECT_EQ(answer.result_int(), 204u);
  EXPECT_EQ(answer["Access-Control-Allow-Origin"], "https://app.example");
  EXPECT_EQ(answer["Access-Control-Allow-Methods"], "DELETE, GET, HEAD, OPTIONS, POST");
  EXPECT_NE(answer["Access-Control-Allow-Headers"].find("Authorization"), std::string::npos);
  EXPECT_EQ(answer["Access-Control-Max-Age"], "600");
  EXPECT_EQ(answer["Vary"], "Origin");
  EXPECT_NE(answer["X-Request-Id"], "");
  EXPECT_EQ(peer.ask(preflight("https://app.example", "/nowhere")).result_int(), 404u);
}

TEST(server_cors, RefusesAPreflightOfAStrangerAndAnswersItsRequestsWithoutLeave) {
  shared_settings settings;
  settings.cors.allowed_origins = {"https://app.example"};
  running_server server{routes, settings};
  raw_peer peer{server.port()};
  const auto answer = peer.ask(preflight("https://evil.example"));
  EXPECT_EQ(answer.result_int(), 403u);
  EXPECT_EQ(body_code(answer), "ORIGIN_NOT_ALLOWED");
  EXPECT_EQ(answer.count("Access-Control-Allow-Origin"), 0u);
  const auto rest = peer.ask(get("/say", "Origin: https://evil.example\r\n"));
  EXPECT_EQ(rest.result_int(), 200u);
  EXPECT_EQ(rest.count("Access-Control-Allow-Origin"), 0u);
}

TEST(server_cors, LetsAllowedOriginsReadAnswersAndErrors) {
  shared_settings settings;
  settings.cors.allowed_origins = {"*"};
  running_server server{routes, settings};
  raw_peer peer{server.port()};
  for (const std::string path : {"/say", "/nowhere"}) {
    const auto answer = peer.ask(get(path, "Origin: https://any.example\r\n"));
    EXPECT_EQ(answer["Access-Control-Allow-Origin"], "*");
    EXPECT_EQ(answer["Access-Control-Expose-Headers"], "X-Request-Id, Retry-After");
  }
}

// --- its life

TEST(server_life, TellsThatAnAddressIsInUse) {
  running_server server{routes};
  running_loops loops{1};
  transport::server second{
      loops.all(), {.port = server.port()}, std::make_shared<router>(), std::make_shared<shared_settings>()};
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), boost::system::errc::address_in_use);
  transport::server third{
      loops.all(), {.address = "no address"}, std::make_shared<router>(), std::make_shared<shared_settings>()};
  EXPECT_FALSE(third.start());
}

TEST(server_life, ServesOpenConnectionsButTakesNoNewOnesAfterStop) {
  running_server server{routes};
  raw_peer old{server.port()};
  EXPECT_EQ(old.ask(get("/say")).result_int(), 200u);
  server->stop();
  server.loops().on_front([] {});
  EXPECT_THROW(raw_peer{server.port()}, boost::system::system_error);
  const auto last = old.ask(get("/say"));
  EXPECT_EQ(last.result_int(), 200u);
  EXPECT_EQ(last["Connection"], "close");
}

TEST(server_life, EndsItsConnectionsWhenItDies) {
  running_server server{routes};
  raw_peer peer{server.port()};
  EXPECT_EQ(peer.ask(get("/say")).result_int(), 200u);
  server.end();
  error_code ec;
  EXPECT_EQ(peer.read_to_end(ec), "");
}

TEST(server_life, WaitsForDescriptorsAndGoesOn) {
  running_server server{routes};
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  raw_peer peer{server.port(), 0, [&] {
                  // The peer's own descriptors are open by now; the server gets none.
                  const int next_descriptor = dup(0);
                  close(next_descriptor);
                  const rlimit none_left{static_cast<rlim_t>(next_descriptor), before.rlim_max};
                  setrlimit(RLIMIT_NOFILE, &none_left);
                }};
  peer.send(get("/say"));
  server.loops().settle();
  server.loops().settle();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(peer.read_response().result_int(), 200u);
}

TEST(server_life, SpreadsConnectionsOverItsLoops) {
  std::mutex mutex;
  std::set<unsigned> seen;
  running_server server{[&](router& r) {
    r.add("GET", "/where", [&](http_request, http_responder respond) {
      std::lock_guard lock{mutex};
      seen.insert(loop::current()->index());
      respond({});
    });
  }};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(raw_peer{server.port()}.ask(get("/where")).result_int(), 200u);
  EXPECT_EQ(seen, (std::set<unsigned>{0, 1}));
}

TEST(server, EndsAllOfManyConnectionsThatSayNothing) {
  shared_settings settings;
  settings.limit.http_timeout = milliseconds{100};
  running_server server{[](router&) {}, settings};
  std::vector<std::unique_ptr<raw_peer>> peers;
  for (int i = 0; i < 400; ++i) // more than one loop sweeps at once
    peers.push_back(std::make_unique<raw_peer>(server.port()));
  for (auto& peer : peers)
    EXPECT_TRUE(peer->at_end());
}

} // namespace
} // namespace mdai::transport::test
