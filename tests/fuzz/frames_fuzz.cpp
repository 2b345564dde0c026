#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/detail/websocket_core.hpp"
#include "transport/server.hpp"

// What a WebSocket makes of the bytes of a client, in whatever pieces they come (the fast way of reading, the slow one,
// and their changes), is what plain Beast makes of them when they are all there.
using namespace mdai;
using namespace mdai::transport;

namespace {

constexpr std::size_t message_limit = 300;
constexpr auto key = "dGhlIHNhbXBsZSBub25jZQ==";

/// The messages, and the close code at the end.
struct conversation {
  std::vector<std::string> messages;
  unsigned code = 0;
  friend bool operator==(const conversation&, const conversation&) = default;
};

class listener_of_all final : public websocket_handler {
public:
  void on_open(websocket_ptr socket) override { socket_ = std::move(socket); }
  void on_text(payload text) override {
    heard.messages.push_back("text " + std::string{text.view()});
    socket_->consumed(text.size());
  }
  void on_binary(payload bytes) override {
    heard.messages.push_back("binary " + std::string{bytes.view()});
    socket_->consumed(bytes.size());
  }
  void on_pong() override {}
  void on_closed(const websocket_end& end) override {
    heard.code = end.code;
    socket_ = nullptr;
  }
  conversation heard;

private:
  websocket_ptr socket_;
};

struct nobody final : detail::wire_owner {
  void on_input() override {}
  void on_lost(bool) override {}
};

void run(loop& home) {
  while (home.poll()) {
  }
}

conversation ours(std::string_view bytes, std::size_t piece) {
  static loop home{0};
  loop::guard here{home};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
    std::abort();
  nobody before;
  auto wire = std::make_unique<detail::wire>(home, ends[0]);
  wire->start(before, nullptr);
  auto handler = std::make_shared<listener_of_all>();
  auto set = std::make_shared<detail::connection_set>(home);
  websocket_options options;
  options.message_limit_bytes = message_limit;
  auto core = std::make_shared<detail::server_core>();
  core->addresses = make_address_counter();
  auto socket = detail::make_websocket(std::move(wire), {}, core, detail::granted_upgrade{{handler, options}, {}});
  set->add(socket);
  home.turn([&] { socket->accept(key, "fuzz"); });
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const auto part = bytes.substr(0, piece);
    if (::send(ends[1], part.data(), part.size(), MSG_NOSIGNAL) < 0)
      break; // it has heard enough
    run(home);
  }
  ::shutdown(ends[1], SHUT_WR);
  run(home);
  ::close(ends[1]);
  run(home);
  home.turn([&] { set->abort_all(); });
  socket = nullptr;
  run(home);
  return handler->heard;
}

unsigned code_of(boost::system::error_code ec, const boost::beast::websocket::close_reason& reason) {
  using boost::beast::websocket::condition;
  using boost::beast::websocket::error;
  if (ec == error::closed)
    return reason.code == 0 ? 1005 : reason.code;
  if (ec == error::message_too_big)
    return 1009;
  if (ec == error::bad_frame_payload)
    return 1007;
  return ec == condition::protocol_violation ? 1002 : 1006;
}

conversation theirs(std::string_view bytes) {
  namespace beast = boost::beast;
  namespace http = beast::http;
  boost::asio::io_context io;
  beast::test::stream client{io};
  beast::websocket::stream<beast::test::stream> server{io};
  server.next_layer().connect(client);
  http::request<http::empty_body> request{http::verb::get, "/", 11};
  request.set(http::field::host, "-");
  request.set(http::field::connection, "upgrade");
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::sec_websocket_key, key);
  request.set(http::field::sec_websocket_version, "13");
  server.accept(request);
  server.read_message_max(message_limit);
  server.next_layer().append({bytes.data(), bytes.size()});
  server.next_layer().close_remote();
  conversation out;
  for (;;) {
    beast::flat_buffer message;
    boost::system::error_code ec;
    server.read(message, ec);
    if (ec) {
      out.code = code_of(ec, server.reason());
      return out;
    }
    out.messages.push_back((server.got_binary() ? "binary " : "text ") + beast::buffers_to_string(message.data()));
  }
}

} // namespace

/// The first byte says in what pieces the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  auto found = ours(bytes, data[0] + 1u);
  auto expected = theirs(bytes);
  // Bad UTF-8 in a frame that the end cuts short: plain Beast has looked into it, we wait for all of it.
  if (found.code == 1006 && expected.code == 1007)
    expected.code = 1006;
  if (found == expected)
    return 0;
  for (const auto* one : {&found, &expected}) {
    for (const auto& message : one->messages)
      std::fprintf(stderr, "%s\n", message.c_str());
    std::fprintf(stderr, "%s: %u\n", one == &found ? "ours" : "theirs", one->code);
  }
  std::abort();
}
