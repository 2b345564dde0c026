#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "protocol/challenge.hpp"
#include "protocol/device_record.hpp"
#include "protocol/errc.hpp"
#include "protocol/session_record.hpp"
#include "storage/journal.hpp"

/// Record formats: a version byte, then fields. Decoders take every version ever written and refuse newer
/// ones (unknown_record_version) and damage (corrupt_record). Encryption is the journal's business, not
/// theirs.
namespace mdai::storage {

std::string encode(const session_record& r);
std::string encode(const scan_record& r);
std::string encode(const outbox_record& r);
std::string encode(const device_record& r);
std::string encode(const challenge_record& r);
result<session_record> decode_session(std::string_view bytes);
result<scan_record> decode_scan(std::string_view bytes);
result<outbox_record> decode_outbox(std::string_view bytes);
result<device_record> decode_device(std::string_view bytes);
result<challenge_record> decode_challenge(std::string_view bytes);

/// Key layouts. Times are 8 bytes of milliseconds, big-endian, so that keys sort by time.
///   sessions      expires_at || session id     purged as one range, recovered from `now` on
///   scans         time || session id || device_id's SHA-256 (8 bytes)
///   outbox        session id
///   images        session id
///   dead_letters  time of death || session id
///   dead_images   time of death || session id
///   devices       device_id
///   challenges    challenge id, which begins with the second of its making: purged as one range
std::string session_key(const session_record& r);
std::string session_key(const object_id& id, wall_time expires_at);
/// The parts of a session's key; `errc::corrupt_record` when it is none.
result<std::pair<object_id, wall_time>> parse_session_key(std::string_view key);
std::string scan_key(const scan_record& r);
std::string outbox_key(const object_id& session_id);
std::string challenge_key(const object_id& id);
/// The first key of a challenge that was made at `from` or later.
std::string challenge_key(wall_time from);
std::string dead_letter_key(wall_time died_at, const object_id& session_id);
/// The first key of a time-sorted column at `t`: the end of a purge's range, the start of a recovery's scan.
std::string time_key(wall_time t);

} // namespace mdai::storage
