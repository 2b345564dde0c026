#pragma once
#include <string>
#include <string_view>

#include "bench/load/frame.hpp"
#include "bench/sim/url.hpp"

/// As much of HTTP/1.1 as a load generator needs. No I/O.
namespace mdai::load {

/// The request that turns a connection into a WebSocket.
std::string make_upgrade(const sim::url& where, std::string_view target, std::string_view subprotocol);
/// The request that creates a session for a user.
std::string make_create(const sim::url& where, std::string_view bearer);

/// A response where it stands in what was received.
struct http_response {
  unsigned status = 0;
  std::string_view head, body;
  std::size_t size = 0; ///< with its head
};

/// Reads the response that `bytes` begin with. Bodies need a Content-Length; 101, 204 and 304 have none.
read_status read_response(std::string_view bytes, http_response& out);
/// A header's value; empty when it is not there.
std::string_view header(std::string_view head, std::string_view name);
/// Whether `response` accepts what make_upgrade asked for.
bool accepts_upgrade(const http_response& response);

} // namespace mdai::load
