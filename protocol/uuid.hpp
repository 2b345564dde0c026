#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

namespace mdai {

/// A random UUID (RFC 9562, version 4): tells nothing, and nobody guesses it. All zero: none.
class uuid {
public:
  using bytes = std::array<std::uint8_t, 16>;

  uuid() = default;
  explicit uuid(const bytes& b)
      : bytes_(b) {}

  /// A new one. Any thread.
  static uuid make();
  /// From "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in hex digits of either case; `errc::malformed_hex` otherwise.
  static result<uuid> parse(std::string_view text);
  /// From the 16 raw bytes that `raw` gave.
  static result<uuid> from_raw(std::string_view raw);

  /// Lower case, with dashes.
  std::string text() const;
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  bool none() const { return *this == uuid{}; }

  auto operator<=>(const uuid&) const = default;

private:
  bytes bytes_{};
};

} // namespace mdai

template <>
struct std::hash<mdai::uuid> {
  std::size_t operator()(const mdai::uuid& id) const noexcept { return std::hash<std::string_view>{}(id.raw()); }
};
