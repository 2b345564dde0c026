#pragma once
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "protocol/errc.hpp"
#include "protocol/limits.hpp"
#include "transport/loop.hpp"
#include "transport/router.hpp"
#include "transport/tls.hpp"

namespace mdai::transport {

namespace detail {
class address_counter;
}
/// Counts live connections, and the WebSockets of each client address; servers that are given the same one count together.
/// Past `most_connections` a new one is closed at once.
std::shared_ptr<detail::address_counter>
make_address_counter(std::size_t most_connections = std::numeric_limits<std::size_t>::max());

/// What a server needs to know of its place. Read when a connection arrives, so a reload counts for the next
/// one.
struct server_options {
  std::string address = "127.0.0.1";
  unsigned short port = 0;                              ///< 0: any free port (ask port())
  std::shared_ptr<tls_server_context> tls{};            ///< nullptr: plain
  std::shared_ptr<detail::address_counter> addresses{}; ///< nullptr: its own
  std::function<void()> on_turned_away{};               ///< a connection was one too many; any loop's thread
};

/// Settings of all listeners that SIGHUP may change; swapped whole.
struct shared_settings {
  limits limit;
  cors_policy cors;
  std::vector<std::string> trusted_proxies; ///< addresses or CIDR blocks
};

/// Counted by the server, read by anybody.
struct server_counters {
  std::atomic<std::int64_t> http_connections{0}, websockets{0};
  std::atomic<std::int64_t> requests_under_way{0}; ///< complete, their answers not sent yet
  std::atomic<std::uint64_t> requests{0}, refused_upgrades{0}, slow_consumers{0}, tls_failures{0};
};

/// A listener: accepts on its first loop, spreads the connections over all of them, speaks HTTP/1.1 with
/// keep-alive, and upgrades to WebSocket. The loops outlive it. Answers 404, 405 with Allow, 413, 400, 408,
/// 431, CORS preflights and refused Origins (403) itself.
class server {
public:
  server(std::vector<loop*> loops, server_options options, std::shared_ptr<const router> routes,
         std::shared_ptr<const shared_settings> settings);
  ~server();

  /// Binds and listens; errors are the system's (address in use, ...).
  result<void> start();
  unsigned short port() const;
  /// Any thread.
  void update(std::shared_ptr<const shared_settings> settings);
  /// No new connections from here on. Any thread.
  void stop();
  /// Ends the connections that are left, without ceremony. Any thread.
  void abort_connections();
  const server_counters& counters() const;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace mdai::transport
