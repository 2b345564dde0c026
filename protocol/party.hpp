#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace mdai {

/// The two sides of a session.
enum class party : std::uint8_t { mobile, device };

constexpr party other(party p) { return p == party::mobile ? party::device : party::mobile; }
constexpr std::string_view name(party p) { return p == party::mobile ? "mobile" : "device"; }

/// One T for each side, indexed by party.
template <class T>
class by_party {
public:
  T& operator[](party p) { return values_[static_cast<std::size_t>(p)]; }
  const T& operator[](party p) const { return values_[static_cast<std::size_t>(p)]; }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }

private:
  std::array<T, 2> values_{};
};

} // namespace mdai
