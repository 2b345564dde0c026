#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "bench/sim/outcome.hpp"
#include "bench/sim/platform.hpp"
#include "bench/sim/reactor.hpp"

namespace mdai::sim {

struct backend_options {
  std::string host = "127.0.0.1";
  unsigned short port = 9100; ///< 0: any free one
  std::string cert, key;      ///< PEM files; both empty: plain HTTP
  std::size_t max_body_bytes = 64u << 20;
};

/// What happens at the server, for whoever prints it.
struct backend_events {
  std::function<void(const std::string& address)> on_listening; ///< "http://127.0.0.1:9100"
  std::function<void(const platform_request&, const platform_answer&)> on_call;
};

/// Serves the platform over HTTP/1.1 with keep-alive until Ctrl-C.
outcome<void> serve_backend(reactor& r, platform& p, const backend_options& options, const backend_events& events);

} // namespace mdai::sim
