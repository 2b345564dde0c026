#include "storage/records.hpp"

#include <algorithm>

#include "protocol/crypto.hpp"
#include "storage/opened_record.hpp"

// A version byte, then in order (numbers: bytes; others: texts behind their length):
//   session 1    id 12, created_at 8, expires_at 8, status 1, multi_scan_detected 1, platform_id, device_id,
//                final_result
//   session 2    the same, then hybrid 1, dialect 1, rounds 4, alias
//   session 3    the same, then how many earlier_ids 1, each of them
//   scan 1       session id 12, at 8, outcome 1, device_id
//   outbox 1     session id 12, created_at 8, session_expires_at 8, attempts 4, platform_id, scores, last_error
//   outbox 2     the same, then request_id, traceparent
//   outbox 3     the same, then round 4
//   device 1     registered_at 8, revoked 1, revoked_at 8, device_id, key_der, hardware_id
//   device 2     the same, then revoked_keys
//   challenge 1  id 12, kind 1, status 1, wrong_answers 1, created_at 8, expires_at 8, device_id, key_der,
//                digest, ssid, password, session_id
namespace mdai::storage {
namespace {

constexpr std::uint8_t session_version = 3, scan_version = 1, outbox_version = 3, device_version = 2,
                       challenge_version = 1;
constexpr std::size_t id_bytes = std::tuple_size_v<object_id::bytes>;
constexpr std::size_t digest_bytes = 32; // of SHA-256
constexpr std::size_t fixed_bytes = 64;  // more than the fixed part and the lengths of any record

object_id read_id(byte_reader& in) {
  auto id = object_id::from_raw(in.raw(id_bytes));
  return id ? *id : object_id{};
}

} // namespace

std::string encode(const session_record& r) {
  byte_writer out{fixed_bytes + r.platform_id.size() + r.device_id.size() + r.final_result.size() + r.alias.size()};
  out.integer(session_version);
  out.raw(r.id.raw());
  out.time(r.created_at);
  out.time(r.expires_at);
  out.integer(static_cast<std::uint8_t>(r.status));
  out.integer(static_cast<std::uint8_t>(r.multi_scan_detected));
  out.text(r.platform_id);
  out.text(r.device_id);
  out.text(r.final_result);
  out.integer(static_cast<std::uint8_t>(r.hybrid));
  out.integer(static_cast<std::uint8_t>(r.dialect));
  out.integer(r.rounds);
  out.text(r.alias);
  out.integer(static_cast<std::uint8_t>(r.earlier_ids.size()));
  for (auto& id : r.earlier_ids)
    out.text(id);
  return out.take();
}

std::string encode(const scan_record& r) {
  byte_writer out{fixed_bytes + r.device_id.size()};
  out.integer(scan_version);
  out.raw(r.session_id.raw());
  out.time(r.at);
  out.integer(static_cast<std::uint8_t>(r.outcome));
  out.text(r.device_id);
  return out.take();
}

std::string encode(const outbox_record& r) {
  byte_writer out{fixed_bytes + r.platform_id.size() + r.scores.size() + r.last_error.size() +
                  r.trace.request_id.size() + r.trace.traceparent.size()};
  out.integer(outbox_version);
  out.raw(r.session_id.raw());
  out.time(r.created_at);
  out.time(r.session_expires_at);
  out.integer(r.attempts);
  out.text(r.platform_id);
  out.text(r.scores);
  out.text(r.last_error);
  out.text(r.trace.request_id);
  out.text(r.trace.traceparent);
  out.integer(r.round);
  return out.take();
}

std::string encode(const device_record& r) {
  byte_writer out{fixed_bytes + r.device_id.size() + r.key_der.size() + r.hardware_id.size() + r.revoked_keys.size()};
  out.integer(device_version);
  out.time(r.registered_at);
  out.integer(static_cast<std::uint8_t>(r.revoked_at.has_value()));
  out.time(r.revoked_at.value_or(wall_time{}));
  out.text(r.device_id);
  out.text(r.key_der);
  out.text(r.hardware_id);
  out.text(r.revoked_keys);
  return out.take();
}

std::string encode(const challenge_record& r) {
  byte_writer out{2 * fixed_bytes + r.device_id.size() + r.key_der.size() + r.ssid.size() + r.password.size()};
  out.integer(challenge_version);
  out.raw(r.id.raw());
  out.integer(static_cast<std::uint8_t>(r.kind));
  out.integer(static_cast<std::uint8_t>(r.status));
  out.integer(r.wrong_answers);
  out.time(r.created_at);
  out.time(r.expires_at);
  for (auto text : {&r.device_id, &r.key_der, &r.digest, &r.ssid, &r.password, &r.session_id})
    out.text(*text);
  return out.take();
}

result<session_record> decode_session(std::string_view bytes) {
  auto record = open_record(bytes, session_version);
  if (!record)
    return record.error();
  auto& in = record->in;
  session_record r;
  r.id = read_id(in);
  r.created_at = in.time();
  r.expires_at = in.time();
  auto status = in.integer<std::uint8_t>();
  auto multi_scan = in.integer<std::uint8_t>();
  r.platform_id = in.text();
  r.device_id = in.text();
  r.final_result = in.text();
  std::uint8_t hybrid = 0, dialect = 0;
  if (record->version >= 2) {
    hybrid = in.integer<std::uint8_t>();
    dialect = in.integer<std::uint8_t>();
    r.rounds = in.integer<std::uint32_t>();
    r.alias = in.text();
  }
  if (record->version >= 3)
    for (int left = in.integer<std::uint8_t>(); left > 0; --left)
      r.earlier_ids.emplace_back(in.text());
  if (!in.complete() || status > static_cast<std::uint8_t>(session_status::ended) || multi_scan > 1 || hybrid > 1 ||
      dialect > static_cast<std::uint8_t>(dialect_id::bridge))
    return errc::corrupt_record;
  r.hybrid = hybrid == 1;
  r.status = static_cast<session_status>(status);
  r.multi_scan_detected = multi_scan == 1;
  r.dialect = static_cast<dialect_id>(dialect);
  if (record->version < 2) // it had one result at most
    r.rounds = r.status == session_status::open ? 0 : 1;
  return r;
}

result<scan_record> decode_scan(std::string_view bytes) {
  auto record = open_record(bytes, scan_version);
  if (!record)
    return record.error();
  auto& in = record->in;
  scan_record r;
  r.session_id = read_id(in);
  r.at = in.time();
  auto outcome = in.integer<std::uint8_t>();
  r.device_id = in.text();
  if (!in.complete() || outcome > static_cast<std::uint8_t>(scan_outcome::refused))
    return errc::corrupt_record;
  r.outcome = static_cast<scan_outcome>(outcome);
  return r;
}

result<outbox_record> decode_outbox(std::string_view bytes) {
  auto record = open_record(bytes, outbox_version);
  if (!record)
    return record.error();
  auto& in = record->in;
  outbox_record r;
  r.session_id = read_id(in);
  r.created_at = in.time();
  r.session_expires_at = in.time();
  r.attempts = in.integer<std::uint32_t>();
  r.platform_id = in.text();
  r.scores = in.text();
  r.last_error = in.text();
  if (record->version >= 2) {
    r.trace.request_id = in.text();
    r.trace.traceparent = in.text();
  }
  if (record->version >= 3)
    r.round = in.integer<std::uint32_t>();
  if (!in.complete())
    return errc::corrupt_record;
  return r;
}

result<device_record> decode_device(std::string_view bytes) {
  auto record = open_record(bytes, device_version);
  if (!record)
    return record.error();
  auto& in = record->in;
  device_record r;
  r.registered_at = in.time();
  auto revoked = in.integer<std::uint8_t>();
  auto revoked_at = in.time();
  r.device_id = in.text();
  r.key_der = in.text();
  r.hardware_id = in.text();
  if (record->version >= 2)
    r.revoked_keys = in.text();
  if (!in.complete() || revoked > 1 || (revoked == 0 && revoked_at != wall_time{}) ||
      r.revoked_keys.size() % digest_bytes != 0)
    return errc::corrupt_record;
  if (revoked == 1)
    r.revoked_at = revoked_at;
  return r;
}

result<challenge_record> decode_challenge(std::string_view bytes) {
  auto record = open_record(bytes, challenge_version);
  if (!record)
    return record.error();
  auto& in = record->in;
  challenge_record r;
  r.id = read_id(in);
  auto kind = in.integer<std::uint8_t>();
  auto status = in.integer<std::uint8_t>();
  r.wrong_answers = in.integer<std::uint8_t>();
  r.created_at = in.time();
  r.expires_at = in.time();
  for (auto text : {&r.device_id, &r.key_der, &r.digest, &r.ssid, &r.password, &r.session_id})
    *text = in.text();
  if (!in.complete() || kind > static_cast<std::uint8_t>(challenge_kind::websocket) ||
      status > static_cast<std::uint8_t>(challenge_status::expired) ||
      (!r.session_id.empty() && r.session_id.size() != id_bytes))
    return errc::corrupt_record;
  r.kind = static_cast<challenge_kind>(kind);
  r.status = static_cast<challenge_status>(status);
  return r;
}

std::string time_key(wall_time t) {
  byte_writer out{sizeof(std::uint64_t)};
  // A time before 1970 (now minus a retention, on a simulated clock) must not sort behind all others.
  out.time(std::max(t, wall_time{}));
  return out.take();
}

std::string session_key(const session_record& r) { return session_key(r.id, r.expires_at); }

std::string session_key(const object_id& id, wall_time expires_at) { return time_key(expires_at).append(id.raw()); }

result<std::pair<object_id, wall_time>> parse_session_key(std::string_view key) {
  std::uint64_t ms = 0;
  if (key.size() != sizeof ms + sizeof(object_id::bytes))
    return errc::corrupt_record;
  for (auto c : key.substr(0, sizeof ms))
    ms = ms << 8 | static_cast<unsigned char>(c);
  auto id = object_id::from_raw(key.substr(sizeof ms));
  if (!id)
    return errc::corrupt_record;
  return std::pair{*id, from_unix_ms(static_cast<std::int64_t>(ms))};
}

std::string scan_key(const scan_record& r) {
  return time_key(r.at).append(r.session_id.raw()).append(crypto::sha256(r.device_id), 0, 8);
}

std::string outbox_key(const object_id& session_id) { return std::string{session_id.raw()}; }

std::string challenge_key(const object_id& id) { return std::string{id.raw()}; }

std::string challenge_key(wall_time from) {
  byte_writer out{sizeof(std::uint32_t)};
  out.integer(static_cast<std::uint32_t>(unix_seconds(std::max(from, wall_time{}))));
  return out.take();
}

std::string dead_letter_key(wall_time died_at, const object_id& session_id) {
  return time_key(died_at).append(session_id.raw());
}

} // namespace mdai::storage
