#include <future>

#include <gtest/gtest.h>

#include "tests/transport/certificates.hpp"
#include "tests/transport/support.hpp"
#include "transport/http_client.hpp"

namespace mdai::transport::test {
namespace {

/// A listening socket whose peer the test plays by hand.
class scripted_server : public patient {
public:
  scripted_server()
      : acceptor_(io_, {net::ip::address_v4::loopback(), 0})
      , socket_(io_) {}
  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  void accept() {
    error_code ignored;
    socket_.close(ignored);
    buffer_.clear();
    await([&](auto then) { acceptor_.async_accept(socket_, [then](error_code ec) mutable { then(ec); }); });
  }
  http::request<http::string_body> read_request() {
    http::request<http::string_body> request;
    await([&](auto then) { http::async_read(socket_, buffer_, request, then); });
    return request;
  }
  void send(std::string_view bytes) {
    await([&](auto then) { net::async_write(socket_, net::buffer(bytes), then); });
  }
  void end() { socket_.close(); }
  /// Whether the client ended the connection.
  bool client_is_gone() {
    error_code ec;
    char byte;
    await(ec, [&](auto then) { socket_.async_read_some(net::buffer(&byte, 1), then); });
    return bool(ec);
  }

private:
  tcp::acceptor acceptor_;
  tcp::socket socket_;
  beast::flat_buffer buffer_;
};

using answer = result<http_response>;

/// A client on a loop of its own.
class client : public ::testing::Test {
protected:
  ~client() override {
    loops.on_front([this] { client_ = nullptr; });
    loops.settle();
  }
  void use(client_options options) {
    loops.on_front([&] { client_ = std::make_unique<http_client>(loops.front(), std::move(options)); });
  }
  std::future<answer> send(client_request request, milliseconds timeout = patience) {
    if (!client_)
      use({});
    auto promise = std::make_shared<std::promise<answer>>();
    auto future = promise->get_future();
    loops.on_front(
        [&] { client_->send(std::move(request), timeout, [promise](answer a) { promise->set_value(std::move(a)); }); });
    return future;
  }
  static client_request request(unsigned short port, std::string_view target = "/", std::string body = {}) {
    client_request out;
    out.method = body.empty() ? "GET" : "POST";
    out.where = url::parse("http://127.0.0.1:" + std::to_string(port) + std::string{target}).value();
    out.body = std::move(body);
    return out;
  }
  std::future<answer> get(unsigned short port, std::string_view target = "/") { return send(request(port, target)); }
  void end_client() {
    loops.on_front([this] { client_ = nullptr; });
  }

  running_loops loops{1};
  std::unique_ptr<http_client> client_;
};

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

TEST_F(client, SendsAWholeRequestAndReadsTheAnswer) {
  scripted_server server;
  auto asked = request(server.port(), "/path?q=1", "the body");
  asked.headers.set("X-Api-Key", "k");
  asked.headers.set("X-Evil", "a\r\nX-Injected: b");
  auto future = send(asked);
  server.accept();
  const auto seen = server.read_request();
  EXPECT_EQ(seen.method_string(), "POST");
  EXPECT_EQ(seen.target(), "/path?q=1");
  EXPECT_EQ(seen["Host"], "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(seen["X-Api-Key"], "k");
  EXPECT_EQ(seen.count("X-Injected") + seen.count("X-Evil"), 0u);
  EXPECT_EQ(seen.body(), "the body");
  server.send("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Type: text/x\r\nContent-Length: 4\r\n\r\nwait");
  const auto a = future.get().value();
  EXPECT_EQ(a.status, 503u);
  EXPECT_EQ(a.headers.get("retry-after"), "7");
  EXPECT_EQ(a.content_type, "text/x");
  EXPECT_EQ(a.body, "wait");
}

TEST_F(client, KeepsItsConnection) {
  scripted_server server;
  auto first = get(server.port());
  server.accept();
  server.read_request();
  server.send(ok("one"));
  EXPECT_EQ(first.get().value().body, "one");
  auto second = get(server.port());
  server.read_request();
  server.send(ok("two"));
  EXPECT_EQ(second.get().value().body, "two");
}

TEST_F(client, OpensANewConnectionWhenTheServerWantsThat) {
  scripted_server server;
  for (const std::string last : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
                                 "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"}) {
    auto future = get(server.port());
    server.accept();
    server.read_request();
    server.send(last);
    EXPECT_EQ(future.get().value().body, "x");
    EXPECT_TRUE(server.client_is_gone());
  }
}

TEST_F(client, ReplacesAKeptConnectionThatDied) {
  scripted_server server;
  auto first = get(server.port());
  server.accept();
  server.read_request();
  server.send(ok("one"));
  first.get().value();
  server.end();
  auto second = send(request(server.port(), "/", "body"));
  server.accept();
  EXPECT_EQ(server.read_request().body(), "body");
  server.send(ok("two"));
  EXPECT_EQ(second.get().value().body, "two");
}

TEST_F(client, ReplacesAKeptConnectionThatDiesUnderTheRequestOnce) {
  scripted_server server;
  auto first = get(server.port());
  server.accept();
  server.read_request();
  server.send(ok("one"));
  first.get().value();
  auto second = get(server.port());
  server.read_request();
  server.accept(); // ends the old one without an answer
  server.read_request();
  server.end();
  EXPECT_EQ(second.get().error(), errc::connection_lost) << "once";
}

TEST_F(client, DoesNotRepeatARequestWhoseAnswerHadBegun) {
  scripted_server server;
  auto first = get(server.port());
  server.accept();
  server.read_request();
  server.send(ok("one"));
  first.get().value();
  auto second = get(server.port());
  server.read_request();
  server.send("HTTP/1.1 200 OK\r\nContent-Le");
  server.end();
  EXPECT_EQ(second.get().error(), errc::connection_lost);
}

TEST_F(client, ReadsEveryKindOfBody) {
  const struct {
    const char* what;
    std::string bytes;
    std::string body;
    bool end;
  } cases[] = {
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde",
       false},
      {"to the end", "HTTP/1.1 200 OK\r\n\r\nall of it", "all of it", true},
      {"none", "HTTP/1.1 204 No Content\r\n\r\n", "", false},
      {"after interim answers",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("final"), "final", false},
      {"of a redirect, not followed",
       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno", "no", false},
  };
  for (const auto& c : cases) {
    scripted_server server;
    auto future = get(server.port());
    server.accept();
    server.read_request();
    server.send(c.bytes);
    if (c.end)
      server.end();
    const auto a = future.get();
    ASSERT_TRUE(a) << c.what;
    EXPECT_EQ(a->body, c.body) << c.what;
  }
}

TEST_F(client, TellsWhatIsWrongWithAnAnswer) {
  const struct {
    std::string bytes;
    errc error;
  } cases[] = {
      {"", errc::connection_lost},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", errc::connection_lost},
      {"SSH-2.0-OpenSSH\r\n\r\n", errc::malformed_response},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", errc::malformed_response},
      {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", errc::response_too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n", errc::response_too_large},
      {"HTTP/1.1 200 OK\r\n\r\n01234567890", errc::response_too_large},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", errc::response_too_large},
  };
  use({.max_response_bytes = 10});
  for (const auto& c : cases) {
    scripted_server server;
    auto future = get(server.port());
    server.accept();
    server.read_request();
    error_code ignored;
    server.await(ignored, [&](auto then) { then(error_code{}); });
    try {
      server.send(c.bytes);
    } catch (const boost::system::system_error&) {
      // It has heard enough.
    }
    server.end();
    EXPECT_EQ(future.get().error(), c.error) << c.bytes.substr(0, 60);
  }
}

TEST_F(client, TakesAnAnswerThatComesBeforeTheBodyWasRead) {
  scripted_server server;
  auto future = send(request(server.port(), "/", std::string(32u << 20, 'b')));
  server.accept();
  server.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(future.get().value().status, 413u);
}

TEST_F(client, GivesUpInTime) {
  scripted_server server;
  auto future = send(request(server.port()), milliseconds{300});
  server.accept();
  server.read_request();
  EXPECT_EQ(future.get().error(), errc::timed_out);
  EXPECT_TRUE(server.client_is_gone());
}

TEST_F(client, TimesOutWhileItWaitsForAConnection) {
  use({.max_connections_per_host = 1});
  scripted_server server;
  auto first = get(server.port());
  auto second = send(request(server.port()), milliseconds{30});
  auto third = get(server.port(), "/third");
  EXPECT_EQ(second.get().error(), errc::timed_out);
  server.accept();
  server.read_request();
  server.send(ok("one"));
  EXPECT_EQ(first.get().value().body, "one");
  EXPECT_EQ(server.read_request().target(), "/third") << "on the same connection";
  server.send(ok("three"));
  EXPECT_EQ(third.get().value().body, "three");
}

TEST_F(client, CannotConnectWhereNobodyListens) {
  unsigned short port = 0;
  {
    scripted_server gone;
    port = gone.port();
  }
  EXPECT_EQ(get(port).get().error(), errc::connect_failed);
}

TEST_F(client, EndsIdleConnections) {
  use({.idle_timeout = milliseconds{20}});
  scripted_server server;
  auto future = get(server.port());
  server.accept();
  server.read_request();
  server.send(ok(""));
  future.get().value();
  EXPECT_TRUE(server.client_is_gone());
}

TEST_F(client, AnswersWhatIsInFlightWhenItEnds) {
  use({.max_connections_per_host = 1});
  scripted_server server;
  auto running = get(server.port()), waiting = get(server.port());
  server.accept();
  server.read_request();
  end_client();
  EXPECT_EQ(running.get().error(), errc::connection_lost);
  EXPECT_EQ(waiting.get().error(), errc::connection_lost);
  EXPECT_TRUE(server.client_is_gone());
}

TEST_F(client, MayEndInsideItsCallback) {
  scripted_server server;
  std::promise<void> ended;
  loops.on_front([&] {
    client_ = std::make_unique<http_client>(loops.front(), client_options{});
    client_->send(request(server.port()), patience, [&](const answer&) {
      client_ = nullptr;
      ended.set_value();
    });
  });
  server.accept();
  server.read_request();
  server.send(ok(""));
  ended.get_future().get();
}

TEST_F(client, VerifiesCertificatesAndNames) {
  scratch_directory files;
  write_certificate(files.file("cert"), files.file("key"), "DNS:localhost");
  write_certificate(files.file("other"), files.file("other.key"), "DNS:localhost");
  auto context = std::make_shared<tls_server_context>(files.file("cert"), files.file("key"));
  std::string why;
  ASSERT_TRUE(context->reload(why)) << why;
  running_server server{
      [](router& r) { r.add("GET", "/", [](http_request, http_responder respond) { respond({.body = "hi"}); }); },
      {},
      context};
  const auto ask = [&](const std::string& host) {
    client_request r;
    r.where = url::parse("https://" + host + ":" + std::to_string(server.port()) + "/").value();
    return send(r).get();
  };
  use({.ca_file = files.file("cert")});
  EXPECT_EQ(ask("localhost").value().body, "hi");
  EXPECT_EQ(ask("localhost").value().body, "hi") << "kept";
  EXPECT_EQ(server->counters().http_connections, 1);
  EXPECT_EQ(ask("127.0.0.1").error(), errc::bad_certificate) << "a name it does not carry";
  use({.ca_file = files.file("other")});
  EXPECT_EQ(ask("localhost").error(), errc::bad_certificate) << "an issuer it does not know";
  use({.ca_file = files.file("missing")});
  EXPECT_EQ(ask("localhost").error(), errc::bad_certificate);
}

TEST_F(client, IsNotFooledByAPlainServerWhereTlsIsDue) {
  scripted_server server;
  auto asked = request(server.port());
  asked.where.secure = true;
  auto future = send(asked);
  server.accept();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(future.get().error(), errc::connect_failed);
}

} // namespace
} // namespace mdai::transport::test
