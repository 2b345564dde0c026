#pragma once
#include <cstdint>

namespace mdai {

/// Every WebSocket close code the broker sends. 1000..1013 from RFC 6455 and the IANA registry, 4000.. ours.
enum class close_code : std::uint16_t {
  done = 1000,
  going_away = 1001, ///< drain: reconnect elsewhere
  invalid_utf8 = 1007,
  policy = 1008, ///< too many bad messages
  too_big = 1009,
  overload = 1013,         ///< slow consumer or overload
  replaced = 4000,         ///< by a newer connection of the same party
  enrolment_failed = 4001, ///< of a face: the message before says why
  bad_first_message = 4400,
  session_finished = 4400, ///< of a face: nothing happens in it any more
  unauthorized = 4401,     ///< bad or expired token, session expired
  forbidden = 4403,        ///< wrong role
  unknown_session = 4404,
  auth_timeout = 4408,
  multi_scan = 4409,
  rate_limited = 4429,
  cancelled = 4499, ///< the session, by whoever began it
  internal = 4500,  ///< of a face: try again
};

} // namespace mdai
