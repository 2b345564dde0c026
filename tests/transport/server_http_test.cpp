#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/transport/sample_routes.hpp"

namespace mdai::transport::test {
namespace {

TEST(server_http, AnswersSeveralRequestsOnOneConnection) {
  running_server server{routes};
  raw_peer peer{server.port()};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(peer.ask(get("/say?x=1")).body(), "GET|/say|x=1||127.0.0.1|plain|test");
  EXPECT_EQ(server->counters().http_connections, 1);
  EXPECT_EQ(server->counters().requests, 3u);
}

TEST(server_http, AnswersPipelinedRequestsInOrder) {
  running_server server{routes};
  raw_peer peer{server.port()};
  peer.send(get("/thread") + post("/say", "two") + get("/item/a/part/b") + get("/nowhere"));
  EXPECT_EQ(peer.read_response().result_int(), 202u);
  EXPECT_EQ(peer.read_response().body(), "POST|/say||two|127.0.0.1|plain|test");
  EXPECT_EQ(peer.read_response().body(), "a,b");
  EXPECT_EQ(peer.read_response().result_int(), 404u);
}

TEST(server_http, ReadsARequestThatComesByteByByte) {
  running_server server{routes};
  raw_peer peer{server.port()};
  for (char c : post("/say", "slow"))
    peer.send({&c, 1});
  EXPECT_EQ(peer.read_response().body(), "POST|/say||slow|127.0.0.1|plain|test");
}

TEST(server_http, ReadsChunkedBodiesAndForgetsTheirTrailers) {
  shared_settings settings;
  settings.trusted_proxies = {"127.0.0.1"};
  running_server server{routes, settings};
  raw_peer peer{server.port()};
  EXPECT_EQ(peer.ask("POST /say HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
                .body(),
            "POST|/say||abcde|127.0.0.1|plain|h");
}

TEST(server_http, HonoursHowTheClientWantsToEnd) {
  running_server server{routes};
  const struct {
    std::string request, connection;
    bool ends;
  } cases[] = {
      {get("/say"), "", false},
      {get("/say", "Connection: close\r\n"), "close", true},
      {"GET /say HTTP/1.0\r\n\r\n", "close", true},
      {"GET /say HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false},
  };
  for (const auto& c : cases) {
    raw_peer peer{server.port()};
    const auto answer = peer.ask(c.request);
    EXPECT_EQ(answer.result_int(), 200u) << c.request;
    EXPECT_EQ(answer["Connection"], c.connection) << c.request;
    EXPECT_TRUE(c.ends ? peer.at_end() : peer.ask(c.request).result_int() == 200) << c.request;
  }
}

TEST(server_http, AnswersHeadWithTheLengthAndNoBody) {
  running_server server{routes};
  raw_peer peer{server.port()};
  const auto answer = peer.ask("HEAD /say HTTP/1.1\r\nHost: test\r\n\r\n", true);
  EXPECT_EQ(answer["Content-Length"], std::to_string(std::string{"HEAD|/say|||127.0.0.1|plain|test"}.size()));
  EXPECT_EQ(peer.ask(get("/say")).result_int(), 200u) << "the next answer follows at once";
}

TEST(server_http, GivesLeaveForABodyThatWaitsForIt) {
  running_server server{routes};
  raw_peer peer{server.port()};
  peer.send("POST /say HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.read(25), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(peer.ask("abc").body(), "POST|/say||abc|127.0.0.1|plain|test");
}

TEST(server_http, RefusesATooLargeBodyBeforeItIsSent) {
  running_server server{routes};
  raw_peer peer{server.port()};
  const auto answer = peer.ask("POST /say HTTP/1.1\r\nHost: test\r\nContent-Length: 1048577\r\n"
                               "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(answer.result_int(), 413u);
  EXPECT_TRUE(peer.at_end());
}

TEST(server_http, LetsTheClientReadTheRefusalOfABodyThatItSendsAnyway) {
  running_server server{routes};
  raw_peer peer{server.port()};
  peer.send(post("/say", std::string(3u << 20, 'x')));
  EXPECT_EQ(peer.read_response().result_int(), 413u);
}

TEST(server_http, RefusesWhatItCannotServe) {
  shared_settings settings;
  settings.limit.max_body_bytes = 100;
  running_server server{routes, settings};
  const std::string chunked = "POST /say HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const struct {
    std::string request;
    unsigned status;
    std::string code;
    bool ends;
  } cases[] = {
      {get("/nowhere"), 404, "NOT_FOUND", false},
      {get("/item//part/x"), 404, "NOT_FOUND", false},
      {get("/say/"), 404, "NOT_FOUND", false},
      {"PUT /say HTTP/1.1\r\nHost: h\r\n\r\n", 405, "METHOD_NOT_ALLOWED", false},
      {post("/ws", ""), 405, "METHOD_NOT_ALLOWED", false},
      {get("/ws"), 426, "UPGRADE_REQUIRED", false},
      {post("/say", std::string(101, 'x')), 413, "PAYLOAD_TOO_LARGE", true},
      {chunked + "65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n", 413, "PAYLOAD_TOO_LARGE", true},
      {chunked + "zz\r\n", 400, "BAD_REQUEST", true},
      {chunked + "1;" + std::string(30'000, 'x'), 431, "HEADERS_TOO_LARGE", true},
      {get("/say", "X: " + std::string(20'000, 'x') + "\r\n"), 431, "HEADERS_TOO_LARGE", true},
      {"GET /" + std::string(20'000, 'x'), 431, "HEADERS_TOO_LARGE", true},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP at all\r\n\r\n", 400, "BAD_REQUEST", true},
      {"GET /say HTTP/1.1\r\n\r\n", 400, "BAD_REQUEST", true},
      {"GET /say HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "BAD_REQUEST", true},
      {"GET /say HTTP/2.0\r\nHost: a\r\n\r\n", 400, "BAD_REQUEST", true},
      {"GET say HTTP/1.1\r\nHost: a\r\n\r\n", 400, "BAD_REQUEST", true},
      {get("/a%zz"), 400, "BAD_REQUEST", true},
      {get("/a%00"), 400, "BAD_REQUEST", true},
      {post("/say", "x", "Transfer-Encoding: chunked\r\n"), 400, "BAD_REQUEST", true},
      {"POST /say HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "BAD_REQUEST", true},
      {"POST /say HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, "BAD_REQUEST", true},
      {get("/forget"), 500, "INTERNAL_ERROR", false},
      {get("/throw"), 500, "INTERNAL_ERROR", false},
  };
  for (const auto& c : cases) {
    raw_peer peer{server.port()};
    const auto answer = peer.ask(c.request);
    const auto shown = c.request.substr(0, 80);
    EXPECT_EQ(answer.result_int(), c.status) << shown;
    EXPECT_EQ(body_code(answer), c.code) << shown;
    EXPECT_EQ(answer["Content-Type"], "application/json") << shown;
    EXPECT_NE(answer["X-Request-Id"], "") << shown;
    EXPECT_NE(answer.body().find("\"" + std::string{answer["X-Request-Id"]} + "\""), std::string::npos)
        << "the request id is in the body, too: " << shown;
    EXPECT_EQ(answer["Connection"].find("close") == std::string::npos, !c.ends) << shown;
    EXPECT_TRUE(!c.ends || peer.at_end()) << shown;
  }
}

TEST(server_http, NamesTheMethodsOfAPath) {
  running_server server{routes};
  raw_peer peer{server.port()};
  EXPECT_EQ(peer.ask("PUT /say HTTP/1.1\r\nHost: h\r\n\r\n")["Allow"], "DELETE, GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(peer.ask(post("/ws", ""))["Allow"], "GET");
  const auto answer = peer.ask("OPTIONS /say HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.result_int(), 204u);
  EXPECT_EQ(answer["Allow"], "DELETE, GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(answer.count("Content-Length"), 0u);
  const auto plain = peer.ask(get("/ws"));
  EXPECT_EQ(plain["Upgrade"], "websocket");
  EXPECT_EQ(plain["Connection"], "Upgrade");
}

TEST(server_http, KeepsAValidRequestIdAndReplacesAnother) {
  running_server server{routes};
  raw_peer peer{server.port()};
  EXPECT_EQ(peer.ask(get("/say", "X-Request-Id: a.B_9-\r\n"))["X-Request-Id"], "a.B_9-");
  const auto made = peer.ask(get("/say", "X-Request-Id: no blanks here\r\n"))["X-Request-Id"];
  EXPECT_NE(made, "");
  EXPECT_NE(made, "no blanks here");
}

TEST(server_http, CarriesSecurityHeadersAndNoInjectedOnes) {
  running_server server{routes};
  raw_peer peer{server.port()};
  const auto answer = peer.ask(get("/split"));
  EXPECT_EQ(answer["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(answer["X-Good"], "yes");
  EXPECT_EQ(answer.count("X-Bad"), 0u);
  EXPECT_EQ(answer.count("X-Injected"), 0u);
  EXPECT_EQ(answer.count("Server"), 0u);
}

TEST(server_http, EndsAnIdleConnectionInSilence) {
  shared_settings settings;
  settings.limit.http_timeout = milliseconds{200};
  running_server server{routes, settings};
  raw_peer never_spoke{server.port()}, spoke_once{server.port()};
  EXPECT_EQ(spoke_once.ask(get("/say")).result_int(), 200u);
  EXPECT_TRUE(never_spoke.at_end());
  EXPECT_TRUE(spoke_once.at_end());
}

TEST(server_http, EndsARequestThatDoesNotBecomeWhole) {
  shared_settings settings;
  settings.limit.http_timeout = milliseconds{200};
  running_server server{routes, settings};
  for (const std::string part : {"GET /sa", "POST /say HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"}) {
    raw_peer peer{server.port()};
    const auto answer = peer.ask(part);
    EXPECT_EQ(answer.result_int(), 408u) << part;
    EXPECT_EQ(body_code(answer), "REQUEST_TIMEOUT") << part;
    EXPECT_TRUE(peer.at_end()) << part;
  }
}

TEST(server_http, DoesNotHurryAHandler) {
  shared_settings settings;
  settings.limit.http_timeout = milliseconds{200};
  std::shared_ptr<http_responder> waiting;
  event arrived;
  running_server server{[&](router& r) {
                          r.add("GET", "/wait", [&](http_request, http_responder respond) {
                            waiting = std::make_shared<http_responder>(std::move(respond));
                            arrived.set();
                          });
                          routes(r);
                        },
                        settings};
  raw_peer slow{server.port()}, idle{server.port()};
  slow.send(get("/wait"));
  ASSERT_TRUE(arrived.wait());
  EXPECT_TRUE(idle.at_end()) << "by then the timeout has passed";
  (*waiting)({.body = "at last"});
  EXPECT_EQ(slow.read_response().body(), "at last");
}

TEST(server_http, SurvivesAResponderThatOutlivesTheConnection) {
  std::shared_ptr<http_responder> waiting;
  event arrived;
  running_server server{[&](router& r) {
    r.add("GET", "/wait", [&](http_request, http_responder respond) {
      waiting = std::make_shared<http_responder>(std::move(respond));
      arrived.set();
    });
    routes(r);
  }};
  raw_peer gone{server.port()};
  gone.send(get("/wait"));
  ASSERT_TRUE(arrived.wait());
  server->abort_connections();
  error_code ec;
  gone.read_to_end(ec);
  (*waiting)({.body = "too late"});
  waiting = nullptr;
  raw_peer next{server.port()};
  EXPECT_EQ(next.ask(get("/say")).result_int(), 200u);
}

TEST(server_http, BelievesForwardedHeadersFromTrustedProxiesOnly) {
  const std::string forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
                                "X-Forwarded-Host: outer.example:8443\r\n";
  shared_settings settings;
  running_server server{routes, settings};
  EXPECT_EQ(raw_peer{server.port()}.ask(get("/say", forwarded)).body(), "GET|/say|||127.0.0.1|plain|test");
  settings.trusted_proxies = {"127.0.0.0/8", "10.0.0.1"};
  server->update(std::make_shared<shared_settings>(settings));
  EXPECT_EQ(raw_peer{server.port()}.ask(get("/say", forwarded)).body(),
            "GET|/say|||203.0.113.7|secure|outer.example:8443");
}

TEST(server_http, LeavesAnInvalidHostEmpty) {
  running_server server{routes};
  for (const std::string host : {"a b", "a/b", "u@h", "h:99999", "h:", "[::1", ""}) {
    raw_peer peer{server.port()};
    EXPECT_EQ(peer.ask("GET /say HTTP/1.1\r\nHost: " + host + "\r\n\r\n").body(), "GET|/say|||127.0.0.1|plain|")
        << host;
  }
  raw_peer peer{server.port()};
  EXPECT_EQ(peer.ask("GET http://abs.example/say?q HTTP/1.1\r\nHost: other\r\n\r\n").body(),
            "GET|/say|q||127.0.0.1|plain|abs.example");
}

} // namespace
} // namespace mdai::transport::test
