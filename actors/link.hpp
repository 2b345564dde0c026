#pragma once
#include <string>

#include "actors/interfaces.hpp"
#include "protocol/dialect.hpp"
#include "protocol/party.hpp"
#include "protocol/request_trace.hpp"
#include "transport/websocket.hpp"

namespace mdai {

/// An authenticated socket on its way to, or in, a session's seat. Immutable; shared by connection and session.
struct link {
  link_id id = 0;
  party who = party::mobile;
  std::string device_id; ///< of a device
  object_id session_id;
  transport::websocket_ptr socket;
  connection_actor owner;
  request_trace trace{}; ///< of its upgrade
  const dialect* speaks = &dialect_of(dialect_id::session);

  /// A fresh id, unique in this process. Any thread.
  static link_id next_id();
};

} // namespace mdai
