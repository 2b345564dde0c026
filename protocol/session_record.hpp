#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/request_trace.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// Where a session stands. Values are written down: never renumber.
enum class session_status : std::uint8_t {
  open = 0,       ///< pairing, relaying
  delivering = 1, ///< a result is journaled and on its way to the backend
  completed = 2,  ///< the backend said success
  failed = 3,     ///< the backend said no
  blocked = 4,    ///< ended by multi-scan under `multi_scan.policy = block`
  ended = 5,      ///< by the operator
};

/// Whether something may still happen in it.
inline bool is_active(session_status s) { return s == session_status::open || s == session_status::delivering; }

/// How a session's clients talk. Values are written down: never renumber.
enum class dialect_id : std::uint8_t {
  session = 0, ///< phone and kiosk: /ws/mobile, /ws/device
  bridge = 1,  ///< app and older hardware: /ws/app, /ws/hardware
};

constexpr std::string_view name(dialect_id d) { return d == dialect_id::bridge ? "bridge" : "session"; }

/// All of a session that survives the process. Everything but the key is encrypted at rest.
struct session_record {
  object_id id;
  wall_time created_at{};
  wall_time expires_at{};
  std::string platform_id; ///< the person; never towards a device; empty: no phone or app has said yet who it is
  std::string device_id;   ///< the one kiosk this session is bound to; empty: none yet
  session_status status = session_status::open;
  bool multi_scan_detected = false;
  /// The platform's verdict as the mobile gets it; empty until there is one. The device's copy is made from it by the
  /// privacy filter.
  std::string final_result;
  bool hybrid = false; ///< made by /api/auth/mobile: its final message goes out as a `result` too
  dialect_id dialect = dialect_id::session;
  /// What stands for the platform_id towards hardware; empty: the real id passes, or none does.
  std::string alias{};
  /// Results that were accepted so far. The last one may still be on its way.
  std::uint32_t rounds = 0;
  /// Who was named before, the last one at the end; the alias stands for them too.
  std::vector<std::string> earlier_ids{};

  bool operator==(const session_record&) const = default;
};

/// Whole seconds of the session's life that are left, rounded up, as clients are told.
inline std::int64_t seconds_left(const session_record& r, wall_time now) {
  return std::max<std::int64_t>(0, std::chrono::ceil<seconds>(r.expires_at - now).count());
}

/// How a kiosk's scan of a session's QR ended. Values are written down: never renumber.
enum class scan_outcome : std::uint8_t {
  paired = 0,     ///< bound, or came back
  multi_scan = 1, ///< another device has the session
  busy = 2,       ///< the device is alive in another session
  refused = 3,    ///< the session was over or blocked, or the scan could not be stored
};

/// One scan, kept for `session.retention`.
struct scan_record {
  object_id session_id;
  std::string device_id;
  wall_time at{};
  scan_outcome outcome = scan_outcome::paired;

  bool operator==(const scan_record&) const = default;
};

/// A result that must reach the backend. The image stands apart (column images), so that the list is small.
struct outbox_record {
  object_id session_id;
  std::string platform_id;
  std::string scores; ///< JSON object text, empty when scores are not sent
  wall_time created_at{};
  wall_time session_expires_at{}; ///< until then it is retried often
  std::uint32_t attempts = 0;
  std::string last_error;  ///< one sentence, without personal data; for the operator
  request_trace trace;     ///< of the device's connection
  std::uint32_t round = 1; ///< which of its session's results this is

  /// The same for every attempt to deliver this result, and for no other result.
  std::string idempotency_key() const {
    return round <= 1 ? session_id.hex() : session_id.hex() + '-' + std::to_string(round);
  }

  bool operator==(const outbox_record&) const = default;
};

} // namespace mdai
