#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "tests/transport/certificates.hpp"
#include "tests/transport/wire_peer.hpp"

namespace mdai::transport::detail::test {
namespace {

using transport::test::scratch_directory;
using transport::test::write_certificate;

struct silent_owner : wire_owner {
  void on_secured() override { secured = true; }
  void on_input() override { w->consume(w->input().size()); }
  void on_lost(bool broken) override {
    lost = true;
    was_broken = broken;
    w->close();
  }
  wire* w = nullptr;
  bool secured = false, lost = false, was_broken = false;
};

/// A TLS wire and an OpenSSL client between which the test carries the packets.
class TlsWire : public wire_peer {
protected:
  TlsWire()
      : server(std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server))
      , client_context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free)
      , client(SSL_new(client_context.get()), &SSL_free) {
    write_certificate(files.file("cert"), files.file("key"), "DNS:localhost");
    server->use_certificate_chain_file(files.file("cert"));
    server->use_private_key_file(files.file("key"), boost::asio::ssl::context::pem);
    SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    w = std::make_unique<wire>(home, ours);
    owner.w = w.get();
    home.turn([this] { w->start(owner, std::make_unique<tls_session>(server, home.sockets().channel())); });
    for (int i = 0; i < 10 && !owner.secured; ++i) {
      SSL_connect(client.get());
      speak();
      run();
      listen();
    }
  }
  ~TlsWire() override { w.reset(); }
  /// Sends what the client has to say. False: nobody takes it.
  bool speak() {
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(SSL_get_wbio(client.get()), &bytes);
    const bool taken = size <= 0 || ::send(peer, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
    (void)BIO_reset(SSL_get_wbio(client.get()));
    return taken;
  }
  void listen() {
    for (auto got = hear(); got != "nothing" && got != "end"; got = hear())
      BIO_write(SSL_get_rbio(client.get()), got.data(), static_cast<int>(got.size()));
  }

  scratch_directory files;
  std::shared_ptr<boost::asio::ssl::context> server;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context;
  std::unique_ptr<SSL, decltype(&SSL_free)> client;
  silent_owner owner;
  std::unique_ptr<wire> w;
};

// OpenSSL answers every wish for another key by itself, however many there are.
TEST_F(TlsWire, GivesUpAPeerThatAsksForKeysAndReadsNoneOfTheAnswers) {
  ASSERT_TRUE(owner.secured);
  constexpr int more_than_enough = 2'000'000;
  int asked = 0;
  for (; !owner.lost && asked < more_than_enough; ++asked) {
    SSL_key_update(client.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(client.get());
    if (!speak())
      break;
    run();
  }
  run();
  EXPECT_TRUE(owner.lost) << "after " << asked;
  EXPECT_TRUE(owner.was_broken);
}

TEST_F(TlsWire, ChangesItsKeysForAPeerThatReads) {
  for (int i = 0; i < 1'000; ++i) {
    SSL_key_update(client.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_write(client.get(), "hello", 5);
    ASSERT_TRUE(speak());
    run();
    listen();
    char none[1];
    SSL_read(client.get(), none, sizeof none);
  }
  EXPECT_FALSE(owner.lost);
  home.turn([this] { w->write("still here"); });
  listen();
  char got[16];
  EXPECT_EQ(SSL_read(client.get(), got, sizeof got), 10);
}

TEST_F(TlsWire, SaysGoodbyeBehindWhatTheKernelTakesLate) {
  const std::string packet(16'000, 'x');
  while (w->pending() == 0)
    home.turn([&] { w->write(packet); });
  home.turn([this] { w->finish(); });
  std::string got;
  char part[20'000];
  for (int i = 0; i < 10'000 && !(SSL_get_shutdown(client.get()) & SSL_RECEIVED_SHUTDOWN); ++i) {
    listen();
    run();
    while (SSL_read(client.get(), part, sizeof part) > 0) {
    }
  }
  EXPECT_TRUE(SSL_get_shutdown(client.get()) & SSL_RECEIVED_SHUTDOWN);
}

} // namespace
} // namespace mdai::transport::detail::test
