#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "transport/detail/dispatch.hpp"
#include "transport/detail/message_head.hpp"
#include "transport/detail/request_reader.hpp"

using namespace mdai::transport;

namespace {

void check(bool holds) {
  if (!holds)
    std::abort();
}

/// A server's routes and settings without its sockets.
struct world {
  world()
      : settings(make_settings()) {
    auto routes = std::make_shared<router>();
    routes->add("GET", "/a/{id}", [](http_request, http_responder) {});
    routes->add("POST", "/a", [](http_request, http_responder) {});
    routes->add_websocket("/ws", [](const http_request&) { return websocket_accept{}; });
    core.routes = routes;
  }
  static shared_settings make_settings() {
    shared_settings s;
    s.limit.max_header_bytes = 512;
    s.limit.max_body_bytes = 256;
    s.trusted_proxies = {"10.0.0.0/8"};
    s.cors.allowed_origins = {"https://app.example"};
    return s;
  }
  detail::live_settings settings;
  detail::server_core core;
};

/// What a session does with a whole request, down to the bytes of the answer.
void serve(world& w, detail::request_reader& reader) {
  auto& request = reader.request();
  check(request.body.size() <= w.settings.given.limit.max_body_bytes);
  const auto origin = detail::judge_origin(detail::ip::make_address_v4(0x0a000001), false, reader.host(),
                                           request.headers, w.settings.proxies);
  request.client_address = origin.client.to_string();
  request.host = origin.host;
  request.query_value("token");
  request.bearer();
  auto verdict = detail::judge(request, w.core, w.settings, false);
  http_response response;
  if (auto* made = std::get_if<http_response>(&verdict))
    response = std::move(*made);
  detail::decorate(response, request, w.settings.given.cors);
  const auto head = detail::response_head(response, {});
  check(head.find("\r\n\r\n") == head.size() - 4);
}

} // namespace

/// The first byte says in what pieces the rest arrives at a server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  using progress = detail::request_reader::progress;
  static world w;
  detail::request_reader reader{w.settings.given.limit};
  std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const std::size_t step = data[0] + 1u;
  for (;;) {
    const auto p = reader.advance();
    if (p == progress::failed)
      return 0;
    if (p == progress::complete) {
      serve(w, reader);
      reader.next();
    } else if (p == progress::need_more) {
      if (bytes.empty())
        return 0;
      const auto piece = bytes.substr(0, step);
      reader.commit(boost::asio::buffer_copy(reader.prepare(), boost::asio::buffer(piece)));
      bytes.remove_prefix(piece.size());
    }
  }
}
