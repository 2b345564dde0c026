#include "bench/load/http.hpp"

#include <gtest/gtest.h>

#include "bench/load/iso_time.hpp"

namespace mdai::load {
namespace {

sim::url target() { return *sim::url::parse("wss://127.0.0.1:8443"); }

TEST(load_http, UpgradeNamesHostPathAndSubprotocol) {
  const auto text = make_upgrade(target(), "/ws/mobile?pair=7", "mqtt");
  EXPECT_TRUE(text.starts_with("GET /ws/mobile?pair=7 HTTP/1.1\r\nHost: 127.0.0.1:8443\r\n"));
  EXPECT_NE(text.find("\r\nSec-WebSocket-Protocol: mqtt\r\n"), text.npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  EXPECT_EQ(make_upgrade(target(), "/", "").find("Protocol"), text.npos);
}

TEST(load_http, CreationCarriesTheBearer) {
  const auto text = make_create(target(), "user-load-7");
  EXPECT_TRUE(text.starts_with("POST /api/mobile/create-session HTTP/1.1\r\n"));
  EXPECT_NE(text.find("\r\nAuthorization: Bearer user-load-7\r\n"), text.npos);
}

TEST(load_http, ReadsAResponseWhereItStands) {
  const std::string bytes = "HTTP/1.1 200 OK\r\ncontent-length:  5 \r\nX: y\r\n\r\nhelloHTTP/1.1";
  http_response r;
  for (std::size_t n = 0; n < bytes.size() - 8; ++n)
    EXPECT_EQ(read_response(std::string_view{bytes}.substr(0, n), r), read_status::incomplete) << n;
  ASSERT_EQ(read_response(bytes, r), read_status::complete);
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(r.body, "hello");
  EXPECT_EQ(r.size, bytes.size() - 8);
  EXPECT_EQ(header(r.head, "x"), "y");
  EXPECT_EQ(header(r.head, "z"), "");
}

TEST(load_http, RefusesWhatIsNoResponseOrHasNoLength) {
  for (const std::string bytes : {"HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
                                  "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", "\r\n\r\n"}) {
    http_response r;
    EXPECT_EQ(read_response(bytes, r), read_status::invalid) << bytes;
  }
}

TEST(load_http, TakesAnUpgradeWithTheRightAcceptOnly) {
  // SHA-1 of our key and RFC 6455's GUID, computed by other software.
  const std::string right =
      "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: mJE26ta2FtF+CieGq1z3I9IjqPg=\r\n\r\n";
  const std::string wrong =
      "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  http_response r;
  ASSERT_EQ(read_response(right, r), read_status::complete);
  EXPECT_TRUE(accepts_upgrade(r));
  ASSERT_EQ(read_response(wrong, r), read_status::complete);
  EXPECT_FALSE(accepts_upgrade(r));
  ASSERT_EQ(read_response("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n", r), read_status::complete);
  EXPECT_FALSE(accepts_upgrade(r));
}

TEST(load_time, ReadsWhatTheBrokerWrites) {
  const auto t = parse_iso_time("2026-12-03T10:47:12.512Z");
  ASSERT_TRUE(t);
  EXPECT_EQ(std::chrono::duration_cast<std::chrono::milliseconds>(t->time_since_epoch()).count(), 1796294832512);
}

TEST(load_time, ReadsNothingElse) {
  for (const std::string text :
       {"", "2026-12-03T10:47:12Z", "2026-12-03T10:47:12.512Z ", "2026-12-03T10:47:12.512+01:00"})
    EXPECT_FALSE(parse_iso_time(text)) << text;
}

} // namespace
} // namespace mdai::load
