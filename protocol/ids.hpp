#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// BSON ObjectId (bsonspec.org): 4 bytes of seconds, 5 random bytes of this process, 3 bytes of a counter.
class object_id {
public:
  using bytes = std::array<std::uint8_t, 12>;

  object_id() = default;
  explicit object_id(const bytes& b)
      : bytes_(b) {}

  /// A new id, unique to this process. Any thread.
  static object_id make(wall_time now);
  /// From 24 hex digits of either case; `errc::malformed_hex` otherwise.
  static result<object_id> parse(std::string_view hex);
  /// From the 12 raw bytes that `raw` gave.
  static result<object_id> from_raw(std::string_view raw);

  std::string hex() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  /// When it was made, to the second.
  wall_time created_at() const;
  /// Spreads ids over `n` places: the same id always has the same place.
  std::size_t place(std::size_t n) const;

  auto operator<=>(const object_id&) const = default;

private:
  bytes bytes_{};
};

/// The client's `X-Request-Id` when it matches `[A-Za-z0-9._-]{1,128}`, else a new one.
std::string request_id_or_new(std::string_view offered);

/// Whether `text` is a W3C `traceparent` header (version 00: 55 characters of lower-case hex and dashes).
bool is_traceparent(std::string_view text);

/// 1..128 printable characters: valid UTF-8 without control characters, counted in code points.
bool is_device_id(std::string_view text);

} // namespace mdai

template <>
struct std::hash<mdai::object_id> {
  std::size_t operator()(const mdai::object_id& id) const noexcept { return std::hash<std::string_view>{}(id.raw()); }
};
