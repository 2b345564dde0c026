#pragma once
#include <functional>
#include <memory>
#include <string>

#include "protocol/errc.hpp"
#include "protocol/time.hpp"
#include "transport/http.hpp"
#include "transport/loop.hpp"

namespace mdai::transport {

/// An absolute http:// or https:// URL, taken apart.
struct url {
  bool secure = false;
  std::string host, port, target;
  static result<url> parse(std::string_view text);
  /// As browsers write it: scheme, host and any port that is not the scheme's own.
  std::string origin() const;
};

struct client_options {
  std::string ca_file{}; ///< PEM bundle; empty: the system's
  std::size_t max_response_bytes = 8u << 20;
  std::size_t max_connections_per_host = 64; ///< more wait their turn
  std::size_t max_idle_per_host = 64;
  milliseconds idle_timeout{15'000};
};

struct client_request {
  std::string method = "GET";
  url where{};
  http_headers headers{}; ///< Host and Content-Length are set by the client
  std::string body{};
};

/// What callers need of an HTTP client; tests answer in its place.
class http_caller {
public:
  using callback = std::function<void(result<http_response>)>;

  virtual ~http_caller() = default;
  /// Calls `done` once, on the loop, within `timeout` (waiting for a connection included). Errors:
  /// connect_failed, timed_out, connection_lost, malformed_response, response_too_large, bad_certificate.
  virtual void send(client_request request, milliseconds timeout, callback done) = 0;
};

/// HTTP/1.1 client on one loop with kept-alive connections; never follows a redirect; verifies certificates
/// and host names. Everything on the loop's thread, its end included (or when the loop runs no more):
/// requests in flight then end with connection_lost, posted.
class http_client final : public http_caller {
public:
  http_client(loop& home, client_options options);
  ~http_client() override;

  /// A kept-alive connection that turns out dead before any byte of the answer is replaced by a new one,
  /// once.
  void send(client_request request, milliseconds timeout, callback done) override;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace mdai::transport
