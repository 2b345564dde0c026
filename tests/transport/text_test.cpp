#include <gtest/gtest.h>

#include "transport/detail/proxies.hpp"
#include "transport/detail/request_reader.hpp"
#include "transport/detail/text.hpp"
#include "transport/http_client.hpp"
#include "transport/router.hpp"

namespace mdai::transport::test {
namespace {

TEST(text, DecodesPercents) {
  const struct {
    std::string in;
    bool plus;
    std::optional<std::string> out;
  } cases[] = {
      {"", false, ""},
      {"a%20b", false, "a b"},
      {"%C3%bc", false, "\xc3\xbc"},
      {"a+b", false, "a+b"},
      {"a+b", true, "a b"},
      {"%2B", true, "+"},
      {"%", false, std::nullopt},
      {"%2", false, std::nullopt},
      {"%g0", false, std::nullopt},
      {"%00", false, std::nullopt},
      {"x%2", true, std::nullopt},
  };
  for (const auto& c : cases)
    EXPECT_EQ(detail::percent_decode(c.in, c.plus), c.out) << c.in;
}

TEST(text, KnowsAHostWhenItSeesOne) {
  for (const char* good : {"h", "a.example", "a_b-c.example:1", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:443"})
    EXPECT_TRUE(detail::is_host(good)) << good;
  for (const char* bad : {"", ":80", "h:", "h:0", "h:65536", "h:8x", "a b", "a/b", "u@h", "a?b", "a#b", "[::1", "[]",
                          "[x]", "[::1]x", "[::1]:", "a,b", "\xc3\xbc"})
    EXPECT_FALSE(detail::is_host(bad)) << bad;
}

TEST(request, FindsQueryValues) {
  http_request r;
  r.query = "a=1&b=x%20y+z&a=2&empty=&flag&%6eame=n&bad=%zz";
  EXPECT_EQ(r.query_value("a"), "1");
  EXPECT_EQ(r.query_value("b"), "x y z");
  EXPECT_EQ(r.query_value("empty"), "");
  EXPECT_EQ(r.query_value("flag"), "");
  EXPECT_EQ(r.query_value("name"), "n");
  EXPECT_EQ(r.query_value("bad"), std::nullopt);
  EXPECT_EQ(r.query_value("none"), std::nullopt);
}

TEST(request, FindsTheBearer) {
  const struct {
    std::string field;
    std::optional<std::string> token;
  } cases[] = {
      {"Bearer abc", "abc"},    {"bearer   abc ", "abc"},  {"BEARER a.b-c", "a.b-c"},   {"", std::nullopt},
      {"Bearer", std::nullopt}, {"Bearer ", std::nullopt}, {"Basic abc", std::nullopt}, {"Bearerabc", std::nullopt},
  };
  for (const auto& c : cases) {
    http_request r;
    r.headers.set("authorization", c.field);
    EXPECT_EQ(r.bearer(), c.token) << c.field;
  }
}

TEST(headers, CompareNamesWithoutCase) {
  http_headers h;
  h.add("X-One", "1");
  h.add("x-one", "2");
  EXPECT_EQ(h.get("X-ONE"), "1");
  h.set("X-oNe", "3");
  EXPECT_EQ(h.get("x-one"), "3");
  EXPECT_EQ(std::distance(h.begin(), h.end()), 1);
  EXPECT_FALSE(h.contains("X-On"));
}

TEST(responder, AnswersOnceAndNeverNot) {
  int calls = 0;
  unsigned status = 0;
  std::string body;
  const auto count = [&](http_response r) {
    ++calls;
    status = r.status;
    body = r.body;
  };
  {
    http_responder respond{count, "id-1"};
    const auto copy = respond;
    copy({.status = 201});
    respond({.status = 202});
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(status, 201u);
  { http_responder forgotten{count, "id-1"}; }
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(status, 500u);
  EXPECT_NE(body.find("\"id-1\""), std::string::npos);
}

TEST(router, PrefersTheLiteralPath) {
  router r;
  std::string hit;
  const auto note = [&hit](std::string name) { return [&hit, name](http_request, http_responder) { hit = name; }; };
  r.add("GET", "/a/{id}", note("any"));
  r.add("GET", "/a/fixed", note("fixed"));
  r.add("POST", "/a/{id}", note("post"));
  const auto ask = [&](std::string method, std::string path) {
    http_request q;
    q.method = method;
    q.path = path;
    const auto m = r.find(q);
    hit = m.http ? "" : m.allowed_methods.empty() ? "unknown" : "refused";
    if (m.http)
      (*m.http)(q, http_responder{[](http_response) {}});
    return hit + (q.params.empty() ? "" : " " + q.params["id"]);
  };
  EXPECT_EQ(ask("GET", "/a/fixed"), "fixed");
  EXPECT_EQ(ask("GET", "/a/x"), "any x");
  EXPECT_EQ(ask("HEAD", "/a/x"), "any x");
  EXPECT_EQ(ask("POST", "/a/fixed"), "post fixed");
  EXPECT_EQ(ask("PUT", "/a/fixed"), "refused");
  EXPECT_EQ(ask("GET", "/a/"), "unknown");
  EXPECT_EQ(ask("GET", "/a"), "unknown");
  EXPECT_EQ(ask("GET", "/a/x/y"), "unknown");
}

TEST(cors, AllowsNoOriginOwnOriginAndListedOnes) {
  const struct {
    std::string origin, host;
    bool secure;
    std::vector<std::string> allowed;
    bool passes;
  } cases[] = {
      {"https://h.example", "h.example", true, {}, true},
      {"https://h.example", "H.Example:443", true, {}, true},
      {"https://h.example", "h.example", false, {}, false},
      {"http://h.example:8080", "h.example:8080", false, {}, true},
      {"http://h.example:8081", "h.example:8080", false, {}, false},
      {"https://h.example.evil", "h.example", true, {}, false},
      {"http://", "", false, {}, false},
      {"null", "h", false, {}, false},
      {"https://app", "h", true, {"https://app"}, true},
      {"https://APP", "h", true, {"https://app"}, false},
      {"https://x", "h", true, {"*"}, true},
  };
  for (const auto& c : cases) {
    http_request r;
    r.headers.set("Origin", c.origin);
    r.host = c.host;
    r.secure = c.secure;
    EXPECT_EQ(cors_policy{c.allowed}.allows(r), c.passes) << c.origin << " at " << c.host;
  }
  EXPECT_TRUE(cors_policy{}.allows({}));
}

TEST(proxies, FindTheClientBehindThem) {
  const detail::proxy_list proxies{{"10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "no address"}};
  const struct {
    std::string peer, forwarded, client;
  } cases[] = {
      {"203.0.113.9", "6.6.6.6", "203.0.113.9"},
      {"10.1.2.3", "", "10.1.2.3"},
      {"10.1.2.3", "203.0.113.9", "203.0.113.9"},
      {"10.1.2.3", "6.6.6.6, 203.0.113.9", "203.0.113.9"},
      {"10.1.2.3", "203.0.113.9, 10.9.9.9 ,192.0.2.1", "203.0.113.9"},
      {"10.1.2.3", "203.0.113.9:4711", "203.0.113.9"},
      {"10.1.2.3", "[2001:db9::1]:4711, 2001:db8::7", "2001:db9::1"},
      {"10.1.2.3", "203.0.113.9, nonsense", "10.1.2.3"},
      {"10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"},
      {"10.1.2.3", "::ffff:203.0.113.9", "203.0.113.9"},
      {"192.0.2.2", "6.6.6.6", "192.0.2.2"},
  };
  for (const auto& c : cases) {
    http_headers headers;
    if (!c.forwarded.empty())
      headers.add("X-Forwarded-For", c.forwarded);
    const auto origin = detail::judge_origin(detail::ip::make_address(c.peer), false, "h", headers, proxies);
    EXPECT_EQ(origin.client.to_string(), c.client) << c.peer << " for " << c.forwarded;
  }
}

TEST(proxies, AddNothingTheirPeerSaidBefore) {
  const detail::proxy_list proxies{{"10.0.0.1"}};
  http_headers headers;
  headers.add("X-Forwarded-For", "6.6.6.6");
  headers.add("X-Forwarded-For", "203.0.113.9");
  headers.add("X-Forwarded-Proto", "https");
  headers.add("X-Forwarded-Host", "evil.example, good.example");
  const auto origin = detail::judge_origin(detail::ip::make_address("10.0.0.1"), false, "inner", headers, proxies);
  EXPECT_EQ(origin.client.to_string(), "203.0.113.9");
  EXPECT_TRUE(origin.secure);
  EXPECT_TRUE(origin.trusted_proxy);
  EXPECT_EQ(origin.host, "good.example");
}

TEST(url, IsTakenApart) {
  const struct {
    std::string text, host, port, target;
    bool secure;
  } good[] = {
      {"http://h", "h", "80", "/", false},
      {"HTTPS://h.example/a/b?c=d#frag", "h.example", "443", "/a/b?c=d", true},
      {"http://h:8080?q", "h", "8080", "/?q", false},
      {"https://[::1]:8443/x", "::1", "8443", "/x", true},
      {"https://[::1]/", "::1", "443", "/", true},
  };
  for (const auto& c : good) {
    const auto u = url::parse(c.text);
    ASSERT_TRUE(u) << c.text;
    EXPECT_EQ(u->host, c.host) << c.text;
    EXPECT_EQ(u->port, c.port) << c.text;
    EXPECT_EQ(u->target, c.target) << c.text;
    EXPECT_EQ(u->secure, c.secure) << c.text;
  }
  for (const char* bad : {"", "h", "ftp://h", "http://", "http:///x", "http://u:p@h/", "http://h:0/", "http://h:99999/",
                          "http://h/a b", "http://h/\r\nX: y", "http://[::1/", "http://h:80:80/"})
    EXPECT_FALSE(url::parse(bad)) << bad;
}

/// Feeds `bytes` in pieces of `step` and answers how it ended.
detail::request_reader::progress feed(detail::request_reader& reader, std::string_view bytes, std::size_t step) {
  using progress = detail::request_reader::progress;
  auto p = reader.advance();
  while (!bytes.empty() && (p == progress::need_more || p == progress::send_continue)) {
    const auto piece = bytes.substr(0, step);
    reader.commit(boost::asio::buffer_copy(reader.prepare(), boost::asio::buffer(piece)));
    bytes.remove_prefix(piece.size());
    p = reader.advance();
  }
  return p;
}

TEST(request_reader, ReadsTheSameHoweverTheBytesAreCut) {
  using progress = detail::request_reader::progress;
  const std::string bytes = "\r\nPOST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "5;ext=\"v\"\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    detail::request_reader reader{{}};
    ASSERT_EQ(feed(reader, bytes, step), progress::complete) << step;
    EXPECT_EQ(reader.request().path, "/a b");
    EXPECT_EQ(reader.request().query, "c=d");
    EXPECT_EQ(reader.request().body, "hello!");
    EXPECT_FALSE(reader.request().headers.contains("Trailer"));
    EXPECT_EQ(reader.take_rest(), "");
  }
}

TEST(request_reader, LeavesTheNextRequestForTheNextTurn) {
  using progress = detail::request_reader::progress;
  detail::request_reader reader{{}};
  ASSERT_EQ(feed(reader, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n", 4'096),
            progress::complete);
  EXPECT_EQ(reader.request().path, "/1");
  reader.next();
  EXPECT_TRUE(reader.started());
  ASSERT_EQ(reader.advance(), progress::complete);
  EXPECT_EQ(reader.request().path, "/2");
  reader.next();
  EXPECT_FALSE(reader.started());
}

TEST(request_reader, BoundsTrailersAndChunkHeads) {
  using progress = detail::request_reader::progress;
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string endless : {"0\r\n", "1;"}) {
    detail::request_reader reader{{}};
    EXPECT_EQ(feed(reader, head + endless + std::string(100'000, 'x'), 1'000), progress::failed) << endless;
    EXPECT_GE(reader.fault().status, 400u);
  }
}

} // namespace
} // namespace mdai::transport::test
