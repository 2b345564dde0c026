#pragma once
#include <cstddef>

#include "protocol/time.hpp"

namespace mdai {

/// What one client may use. Defaults are the contract's; settings change them, SIGHUP reloads them.
struct limits {
  std::size_t max_body_bytes = 1u << 20;           ///< HTTP request body
  std::size_t max_header_bytes = 16u << 10;        ///< HTTP request line and headers
  std::size_t max_message_bytes = 1u << 20;        ///< WebSocket message on /ws/mobile
  std::size_t device_max_message_bytes = 8u << 20; ///< WebSocket message on /ws/device
  std::size_t unauthenticated_bytes = 16u << 10;   ///< all a socket may send before it is authenticated
  std::size_t send_queue_bytes = 4u << 20;         ///< waiting for one socket; past it: closed 1013
  unsigned max_json_depth = 128;
  unsigned messages_per_second = 100;
  unsigned message_burst = 200;
  unsigned bad_messages_in_a_row = 10;
  unsigned sockets_per_address = 256;
  milliseconds http_timeout{10'000}; ///< for a whole request to arrive, and for an idle kept-alive connection
  milliseconds ping_interval{30'000};
  milliseconds silence_limit{75'000}; ///< a peer that sends nothing for this long is dropped
};

} // namespace mdai
