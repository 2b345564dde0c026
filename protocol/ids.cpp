#include "protocol/ids.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "protocol/crypto.hpp"
#include "protocol/utf8.hpp"

namespace mdai {
namespace {

/// What every id of this process shares, and where its counter starts: both random, as bsonspec.org has it.
struct id_source {
  id_source() {
    auto seed = crypto::random_bytes(process.size() + sizeof(std::uint32_t));
    std::memcpy(process.data(), seed.data(), process.size());
    std::uint32_t start = 0;
    std::memcpy(&start, seed.data() + process.size(), sizeof start);
    counter = start;
  }

  std::array<std::uint8_t, 5> process{};
  std::atomic<std::uint32_t> counter{};
};

/// The low `count` bytes of `value`, the highest first.
void put_big_endian(std::uint8_t* at, std::uint32_t value, int count) {
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
    *at++ = static_cast<std::uint8_t>(value >> shift);
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

bool is_request_id(std::string_view text) {
  static constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= 128 && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Whether a UTF-8 character is a control character (category Cc) or one of the two separators that break
/// lines like them.
bool is_control(std::string_view c) {
  auto first = static_cast<unsigned char>(c[0]);
  return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<unsigned char>(c[1]) < 0xA0) || c == "\u2028" ||
         c == "\u2029";
}

} // namespace

object_id object_id::make(wall_time now) {
  static id_source source;
  bytes b;
  put_big_endian(b.data(), static_cast<std::uint32_t>(unix_seconds(now)), 4);
  std::copy(source.process.begin(), source.process.end(), b.begin() + 4);
  put_big_endian(b.data() + 9, source.counter.fetch_add(1, std::memory_order_relaxed), 3);
  return object_id{b};
}

result<object_id> object_id::parse(std::string_view hex) {
  auto raw = crypto::decode_hex(hex);
  return raw ? from_raw(*raw) : raw.error();
}

result<object_id> object_id::from_raw(std::string_view raw) {
  bytes b;
  if (raw.size() != b.size())
    return errc::malformed_hex;
  std::memcpy(b.data(), raw.data(), b.size());
  return object_id{b};
}

std::string object_id::hex() const { return crypto::hex(raw()); }

wall_time object_id::created_at() const {
  std::uint32_t seconds_since_1970 = 0;
  for (std::size_t i = 0; i < 4; ++i)
    seconds_since_1970 = seconds_since_1970 << 8 | bytes_[i];
  return from_unix_ms(std::int64_t{seconds_since_1970} * 1000);
}

std::size_t object_id::place(std::size_t n) const {
  // FNV-1a with a final mix: neighbours in the counter land far apart, and every node computes the same.
  std::uint64_t h = 0xCBF29CE484222325u;
  for (auto b : bytes_)
    h = (h ^ b) * 0x100000001B3u;
  h ^= h >> 32;
  return static_cast<std::size_t>(h % n);
}

std::string request_id_or_new(std::string_view offered) {
  return is_request_id(offered) ? std::string{offered} : crypto::hex(crypto::random_bytes(16));
}

bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-')
    return false;
  auto trace = text.substr(3, 32), parent = text.substr(36, 16), flags = text.substr(53);
  return is_lower_hex(trace) && !is_all_zero(trace) && is_lower_hex(parent) && !is_all_zero(parent) &&
         is_lower_hex(flags);
}

bool is_device_id(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    auto size = utf8::sequence_length(text.data(), text.data() + text.size());
    if (size == 0 || is_control(text.substr(0, size)) || ++count > 128)
      return false;
    text.remove_prefix(size);
  }
  return count > 0;
}

} // namespace mdai
