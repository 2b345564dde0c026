#include "bench/sim/backend_server.hpp"

#include <array>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace mdai::sim {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
using error_code = boost::system::error_code;
using plain_stream = beast::tcp_stream;
using tls_stream = beast::ssl_stream<plain_stream>;

constexpr milliseconds idle_limit{60'000};
constexpr milliseconds exchange_limit{30'000};
constexpr milliseconds hang_limit{600'000};
constexpr milliseconds accept_pause{100};

auto into(error_code& ec) { return net::redirect_error(net::use_awaitable, ec); }

net::awaitable<void> wait(milliseconds delay) {
  net::steady_timer timer{co_await net::this_coro::executor, delay};
  error_code ignored;
  co_await timer.async_wait(into(ignored));
}

platform_request from_beast(const http::request<http::string_body>& in) {
  const auto field = [&](std::string_view name) {
    const auto value = in[boost::beast::string_view{name.data(), name.size()}];
    return std::string{value.data(), value.size()};
  };
  return {std::string{in.method_string()}, std::string{in.target()}, field("Authorization"), field("x-api-key"),
          field("Idempotency-Key"),        field("X-Request-Id"),    field("traceparent"),   in.body()};
}

http::response<http::string_body> to_beast(const platform_answer& a, bool keep_alive) {
  http::response<http::string_body> out;
  out.version(11);
  out.result(a.status);
  out.set(http::field::server, "mdai-sim");
  out.set(http::field::content_type, a.content_type);
  if (a.retry_after > 0)
    out.set(http::field::retry_after, std::to_string(a.retry_after));
  if (!a.location.empty())
    out.set(http::field::location, a.location);
  out.keep_alive(keep_alive);
  out.body() = a.body;
  out.prepare_payload();
  return out;
}

/// What all connections share.
struct server_context {
  platform& world;
  const backend_options& options;
  const backend_events& events;
};

/// One connection's requests, one after the other. Returning closes it.
template <class Stream>
net::awaitable<void> converse(Stream& stream, const server_context& context) {
  auto& lowest = beast::get_lowest_layer(stream);
  beast::flat_buffer buffer;
  error_code ec;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(context.options.max_body_bytes);
    lowest.expires_after(idle_limit);
    co_await http::async_read(stream, buffer, parser, into(ec));
    if (ec)
      co_return;
    const auto request = from_beast(parser.get());
    const auto answer = context.world.handle(request);
    context.events.on_call(request, answer);
    if (answer.delay.count() > 0)
      co_await wait(answer.delay);
    if (answer.act == platform_answer::action::close)
      co_return;
    if (answer.act == platform_answer::action::hang) {
      // Until the client has had enough: its close ends the read.
      std::array<char, 1> unused;
      lowest.expires_after(hang_limit);
      co_await stream.async_read_some(net::buffer(unused), into(ec));
      co_return;
    }
    const auto response = to_beast(answer, parser.get().keep_alive());
    lowest.expires_after(exchange_limit);
    co_await http::async_write(stream, response, into(ec));
    if (ec || !response.keep_alive())
      co_return;
  }
}

net::awaitable<void> serve_plain(tcp::socket socket, const server_context& context) {
  plain_stream stream{std::move(socket)};
  co_await converse(stream, context);
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

net::awaitable<void> serve_tls(tcp::socket socket, net::ssl::context& tls, const server_context& context) {
  tls_stream stream{std::move(socket), tls};
  error_code ec;
  stream.next_layer().expires_after(exchange_limit);
  co_await stream.async_handshake(net::ssl::stream_base::server, into(ec));
  if (ec)
    co_return;
  co_await converse(stream, context);
  stream.next_layer().expires_after(milliseconds{1'000});
  co_await stream.async_shutdown(into(ec));
}

net::awaitable<void> accept_all(tcp::acceptor& acceptor, net::ssl::context* tls, const server_context& context) {
  for (;;) {
    error_code ec;
    auto socket = co_await acceptor.async_accept(into(ec));
    if (ec == net::error::operation_aborted)
      co_return;
    if (ec) { // Out of descriptors, mostly: others must close first.
      co_await wait(accept_pause);
      continue;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    auto executor = socket.get_executor();
    if (tls != nullptr)
      net::co_spawn(executor, serve_tls(std::move(socket), *tls, context), net::detached);
    else
      net::co_spawn(executor, serve_plain(std::move(socket), context), net::detached);
  }
}

outcome<void> load_certificate(net::ssl::context& tls, const backend_options& options) {
  error_code ec;
  tls.use_certificate_chain_file(options.cert, ec);
  if (ec)
    return failed("cannot use the certificate " + options.cert + ": " + ec.message());
  tls.use_private_key_file(options.key, net::ssl::context::pem, ec);
  if (ec)
    return failed("cannot use the key " + options.key + ": " + ec.message());
  return {};
}

outcome<void> listen(tcp::acceptor& acceptor, const backend_options& options) {
  error_code ec;
  const auto where = options.host + ":" + std::to_string(options.port);
  const auto address = net::ip::make_address(options.host, ec);
  if (ec)
    return failed("not an address to listen on: " + options.host);
  const tcp::endpoint endpoint{address, options.port};
  acceptor.open(endpoint.protocol(), ec);
  if (!ec)
    acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec)
    acceptor.bind(endpoint, ec);
  if (!ec)
    acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (ec)
    return failed("cannot listen on " + where + ": " + ec.message());
  return {};
}

std::string address_of(const tcp::acceptor& acceptor, const backend_options& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return (options.cert.empty() ? "http://" : "https://") + (v6 ? "[" + options.host + "]" : options.host) + ":" +
         std::to_string(acceptor.local_endpoint().port());
}

} // namespace

outcome<void> serve_backend(reactor& r, platform& p, const backend_options& options, const backend_events& events) {
  std::optional<net::ssl::context> tls;
  if (!options.cert.empty()) {
    tls.emplace(net::ssl::context::tls_server);
    if (auto loaded = load_certificate(*tls, options); !loaded)
      return loaded;
  }
  tcp::acceptor acceptor{r.io()};
  if (auto listening = listen(acceptor, options); !listening)
    return listening;
  const server_context context{p, options, events};
  net::co_spawn(r.io(), accept_all(acceptor, tls ? &*tls : nullptr, context), net::detached);
  events.on_listening(address_of(acceptor, options));
  while (r.run_until([] { return false; }, milliseconds{3'600'000}) != reactor::wait_end::interrupted) {
  }
  return {};
}

} // namespace mdai::sim
