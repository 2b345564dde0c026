#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mdai {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Wall clock in milliseconds since 1970: what is written down, in records, tokens and answers.
using wall_time = std::chrono::sys_time<milliseconds>;

inline wall_time wall_now() { return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()); }

inline std::int64_t unix_ms(wall_time t) { return t.time_since_epoch().count(); }
inline wall_time from_unix_ms(std::int64_t ms) { return wall_time{milliseconds{ms}}; }

/// Whole seconds since 1970, rounded up: a token's `exp` never ends before its session does.
inline std::int64_t unix_seconds_ceil(wall_time t) { return std::chrono::ceil<seconds>(t).time_since_epoch().count(); }
inline std::int64_t unix_seconds(wall_time t) { return std::chrono::floor<seconds>(t).time_since_epoch().count(); }

/// "Sat, 21 Nov 2026 05:40:00 GMT" (RFC 9110's preferred form); nothing for any other text.
std::optional<wall_time> parse_http_date(std::string_view text);
/// "2026-11-21T05:40:00.123Z" (ISO 8601, UTC, milliseconds).
std::string iso8601(wall_time t);

} // namespace mdai
