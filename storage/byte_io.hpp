#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/time.hpp"

/// Bytes of records and keys: integers big-endian, texts behind their length in 4 bytes.
namespace mdai::storage {

/// Appends fields to a string.
class byte_writer {
public:
  explicit byte_writer(std::size_t expected_bytes) { out_.reserve(expected_bytes); }

  template <std::unsigned_integral T>
  void integer(T value) {
    for (int shift = 8 * (sizeof(T) - 1); shift >= 0; shift -= 8)
      out_.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
  }
  void time(wall_time t) { integer(static_cast<std::uint64_t>(unix_ms(t))); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  void text(std::string_view bytes) {
    integer(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  std::string take() { return std::move(out_); }

private:
  std::string out_;
};

/// Reads what byte_writer wrote. A field that is not wholly there reads as zero or empty, and so does all
/// after it; `complete` tells in the end.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes)
      : left_(bytes) {}

  template <std::unsigned_integral T>
  T integer() {
    T value = 0;
    for (char c : raw(sizeof(T)))
      value = static_cast<T>((static_cast<std::uint64_t>(value) << 8) | static_cast<unsigned char>(c));
    return value;
  }
  wall_time time() { return from_unix_ms(static_cast<std::int64_t>(integer<std::uint64_t>())); }
  std::string_view raw(std::size_t count) {
    if (count > left_.size())
      return fail();
    auto bytes = left_.substr(0, count);
    left_.remove_prefix(count);
    return bytes;
  }
  std::string_view text() { return raw(integer<std::uint32_t>()); }
  /// Every read found its bytes, and none are left.
  bool complete() const { return !failed_ && left_.empty(); }

private:
  std::string_view fail() {
    failed_ = true;
    left_ = {};
    return {};
  }

  std::string_view left_;
  bool failed_ = false;
};

} // namespace mdai::storage
