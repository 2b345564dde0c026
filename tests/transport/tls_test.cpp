#include <fstream>

#include <gtest/gtest.h>

#include "tests/transport/certificates.hpp"
#include "tests/transport/support.hpp"
#include "tests/transport/tls_peer.hpp"

namespace mdai::transport::test {
namespace {

/// A server with a certificate of its own at hand.
class tls_server : public ::testing::Test {
protected:
  tls_server()
      : certificate(files.file("cert.pem"))
      , key(files.file("key.pem")) {
    write_certificate(certificate, key, "DNS:localhost");
    context = std::make_shared<tls_server_context>(certificate, key);
  }
  void routes(router& r) const {
    r.add("GET", "/secure",
          [](http_request request, http_responder respond) { respond({.body = request.secure ? "secure" : "plain"}); });
    websocket_route(handler)(r);
  }
  std::unique_ptr<running_server> start(const shared_settings& settings = {}) {
    std::string why;
    if (!context->reload(why))
      throw std::runtime_error(why);
    return std::make_unique<running_server>([this](router& r) { routes(r); }, settings, context);
  }

  scratch_directory files;
  std::string certificate, key;
  std::shared_ptr<tls_server_context> context;
  std::shared_ptr<recorder> handler = std::make_shared<recorder>(echo());
};

TEST_F(tls_server, SpeaksTls12And13AndNothingOlder) {
  const auto server = start();
  tls_peer tls12{server->port(), TLS1_2_VERSION}, tls13{server->port(), TLS1_3_VERSION};
  EXPECT_EQ(tls12.ask("/secure").body(), "secure");
  EXPECT_EQ(tls12.version(), "TLSv1.2");
  EXPECT_NE(tls12.cipher().find("ECDHE"), std::string::npos);
  EXPECT_EQ(tls13.ask("/secure").body(), "secure");
  EXPECT_EQ(tls13.version(), "TLSv1.3");
  EXPECT_TRUE(tls_peer(server->port(), TLS1_1_VERSION).failure);
}

TEST_F(tls_server, CarriesWebSockets) {
  const auto server = start();
  tls_websocket peer{server->port()};
  const std::string large(500'000, 'l');
  for (const std::string& text : {std::string{"hello"}, large}) {
    peer.send_text(text);
    EXPECT_TRUE(peer.read_text() == text);
  }
  EXPECT_EQ(handler->next(), "open");
  EXPECT_EQ(handler->next(), "text hello");
  EXPECT_EQ(handler->next(), "text " + large);
  peer.close(beast::websocket::close_code::going_away);
  EXPECT_EQ(handler->next(), "closed 1001 by peer");
}

TEST_F(tls_server, SaysGoodbyeInTlsTooHoweverQuickTheClientIs) {
  const auto server = start();
  for (int i = 0; i < 40; ++i) {
    tls_websocket peer{server->port()};
    EXPECT_EQ(handler->next(), "open");
    handler->socket()->close(close_code::done, "done");
    EXPECT_EQ(peer.read_end(), beast::websocket::error::closed);
    EXPECT_EQ(handler->next(), "closed 1000 by us");
  }
}

TEST_F(tls_server, ShowsTheNewCertificateAfterAReload) {
  const auto server = start();
  tls_peer old{server->port()};
  EXPECT_EQ(old.serial(), 1);
  write_certificate(certificate, key, "DNS:localhost", 2);
  std::string why;
  ASSERT_TRUE(context->reload(why)) << why;
  EXPECT_EQ(tls_peer(server->port()).serial(), 2);
  EXPECT_EQ(old.ask("/secure").body(), "secure") << "old connections live on";
}

TEST_F(tls_server, KeepsItsCertificateWhenAReloadFails) {
  const auto server = start();
  std::string why;
  std::ofstream{certificate} << "no certificate";
  EXPECT_EQ(context->reload(why).error(), errc::bad_certificate);
  EXPECT_NE(why.find(certificate), std::string::npos) << why;

  write_certificate(certificate, files.file("another.key"), "DNS:localhost", 3);
  EXPECT_EQ(context->reload(why).error(), errc::bad_certificate);
  EXPECT_NE(why.find(key), std::string::npos) << why;

  std::filesystem::remove(key);
  EXPECT_EQ(context->reload(why).error(), errc::bad_certificate);
  EXPECT_EQ(why, key + ": No such file or directory");
  EXPECT_EQ(tls_peer(server->port()).serial(), 1);
}

TEST_F(tls_server, HasNoContextBeforeItsFirstReload) { EXPECT_EQ(context->get(), nullptr); }

TEST_F(tls_server, EndsPeersThatDoNotSpeakTls) {
  const auto server = start();
  raw_peer plain{server->port()};
  plain.send(get("/secure"));
  error_code ec;
  plain.read_to_end(ec);
  server->loops().settle();
  EXPECT_EQ((*server)->counters().tls_failures, 1u);
}

TEST_F(tls_server, EndsHandshakesThatStall) {
  shared_settings settings;
  settings.limit.http_timeout = milliseconds{40};
  const auto server = start(settings);
  raw_peer half{server->port()};
  half.send(std::string{"\x16\x03\x01\x02\x00", 5});
  error_code ec;
  EXPECT_EQ(half.read_to_end(ec), "");
  server->loops().settle();
  EXPECT_EQ((*server)->counters().tls_failures, 1u);
}

} // namespace
} // namespace mdai::transport::test
