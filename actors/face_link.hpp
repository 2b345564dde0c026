#pragma once
#include "protocol/link_id.hpp"
#include "protocol/request_trace.hpp"
#include "transport/websocket.hpp"

namespace mdai {

/// A socket whose token is a face stream's. Immutable; shared by connection and stream.
struct face_link {
  link_id id = 0; ///< link::next_id
  transport::websocket_ptr socket;
  request_trace trace{}; ///< of its upgrade
};

} // namespace mdai
