#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
namespace mdai::utf8 {

/// Bytes of the well-formed sequence at `p` (1..4); 0 when it is ill-formed or cut off by `end`.
inline std::size_t sequence_length(const char* p, const char* end) {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  if (p == end)
    return 0;
  if (byte(0) < 0x80)
    return 1;
  const int size = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || end - p < size)
    return 0;
  // The second byte's range shrinks where overlong forms (E0, F0), surrogates (ED) and values past the end
  // (F4) would be.
  const int low = byte(0) == 0xE0 ? 0xA0 : byte(0) == 0xF0 ? 0x90 : 0x80;
  const int high = byte(0) == 0xED ? 0x9F : byte(0) == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high)
    return 0;
  for (int i = 2; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  return static_cast<std::size_t>(size);
}

/// How many code points `text` has; nothing when it is not UTF-8.
inline std::optional<std::size_t> count(std::string_view text) {
  std::size_t code_points = 0;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end; ++code_points) {
    const std::size_t size = sequence_length(p, end);
    if (size == 0)
      return std::nullopt;
    p += size;
  }
  return code_points;
}

/// Writes a code point to `out`, which has room for 4 bytes; answers how many it took.
inline std::size_t encode(char32_t code_point, char* out) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xC0 | (code_point >> 6));
    out[1] = tail(0);
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (code_point >> 12));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (code_point >> 18));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

} // namespace mdai::utf8
