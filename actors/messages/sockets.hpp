#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "protocol/payload.hpp"
#include "protocol/session_machine.hpp"

/// What a socket, its connection and its session tell each other.
namespace mdai {

struct link;

// -- a socket and its session -----------------------------------------------------------------------------------------

/// A text message from an admitted socket.
struct frame {
  link_id from = 0;
  payload text;
};
struct binary_frame {
  link_id from = 0;
};
/// A message that came too fast. It goes through the session all the same, so that the answer to it comes in its turn.
struct excess_frame {
  link_id from = 0;
  std::size_t bytes = 0;        ///< of the read window that it holds
  bool out_of_patience = false; ///< the socket is to be closed
};
struct link_pong {
  link_id from = 0;
};
struct link_gone {
  link_id from = 0;
};
/// A socket whose token is verified asks for its seat. The session answers over the socket itself: auth_success and
/// `admitted` to the connection, or auth_failed and a close.
struct join {
  std::shared_ptr<link> who;
  bool resumed = false; ///< it was seated before the session was restarted
};
/// Two seconds are over since the session pinged this link.
struct ping_overdue {
  link_id to = 0;
  std::uint64_t round = 0;
};
/// The session's life is over.
struct deadline {};

// -- a socket and its connection --------------------------------------------------------------------------------------

/// A text message from a socket that is not admitted yet.
struct first_message {
  payload text;
};
struct admitted {};
struct socket_closed {};
struct auth_overdue {};
/// Settings were reloaded: rates and sizes may be others.
struct limits_changed {};
/// Time to say that we are still here.
struct heartbeat {};
/// Drain: close with 1001, reconnect elsewhere.
struct go_away {};

} // namespace mdai
