#include <cstdio>
#include <exception>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include "bench/peers/beast/relay.hpp"

namespace mdai::peer {
namespace {

using acceptor = net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type>;

/// Accepts for ever; `tls` is the TLS context, or nothing.
template <class Stream, class... Tls>
void serve(acceptor& door, meeting_place<Stream>& place, Tls&... tls) {
  door.async_accept([&](boost::system::error_code failed, tcp_socket socket) {
    if (!failed) {
      boost::system::error_code ignored;
      socket.set_option(net::ip::tcp::no_delay{true}, ignored);
      std::make_shared<connection<Stream>>(place, std::move(socket), tls...)->start();
    }
    if (door.is_open())
      serve(door, place, tls...);
  });
}

acceptor listen(net::io_context& io, unsigned short port) {
  acceptor door{io};
  door.open(net::ip::tcp::v4());
  door.set_option(net::socket_base::reuse_address{true});
  door.bind({net::ip::address_v4::loopback(), port});
  door.listen(4096);
  return door;
}

void allow_many_sockets() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

int run(unsigned short port, const std::vector<std::string>& certificate_and_key) {
  allow_many_sockets();
  meeting_place<tcp_socket> plain;
  meeting_place<tls_socket> encrypted;
  net::ssl::context tls{net::ssl::context::tlsv13_server};
  net::io_context io{1};
  auto door = listen(io, port);
  if (certificate_and_key.empty()) {
    serve(door, plain);
  } else {
    tls.use_certificate_chain_file(certificate_and_key[0]);
    tls.use_private_key_file(certificate_and_key[1], net::ssl::context::pem);
    serve(door, encrypted, tls);
  }
  net::signal_set stop{io, SIGINT, SIGTERM};
  stop.async_wait([&](auto, int) { io.stop(); });
  io.run();
  return 0;
}

} // namespace
} // namespace mdai::peer

int main(int argc, char** argv) {
  CLI::App app{"A bare WebSocket relay on Boost.Beast: /ws/mobile?pair=K and /ws/device?pair=K hear each other.",
               "beast-relay"};
  unsigned short port = 0;
  std::vector<std::string> certificate_and_key;
  app.add_option("--port", port, "Port on 127.0.0.1")->required();
  app.add_option("--tls", certificate_and_key, "PEM files of a certificate and its key: serve wss")
      ->expected(2)
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  try {
    return mdai::peer::run(port, certificate_and_key);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "beast-relay: %s\n", e.what());
    return 1;
  }
}
