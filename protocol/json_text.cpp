#include "protocol/json_text.hpp"

#include <cstdint>

#include "protocol/utf8.hpp"

namespace mdai::json {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The value of four hex digits, -1 when they are none.
std::int32_t read_hex4(const char* p, const char* end) {
  if (end - p < 4)
    return -1;
  std::int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(p[i]);
    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

escape read_unicode_escape(const char* p, const char* end) {
  const std::int32_t unit = read_hex4(p + 2, end);
  if (unit < 0)
    return {};
  if (unit < 0xD800 || unit > 0xDFFF)
    return {p + 6, static_cast<char32_t>(unit)};
  // A surrogate means something only as a high one with a low one right behind.
  if (unit > 0xDBFF || end - p < 8 || p[6] != '\\' || p[7] != 'u')
    return {};
  const std::int32_t low = read_hex4(p + 8, end);
  if (low < 0xDC00 || low > 0xDFFF)
    return {};
  return {p + 12, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))};
}

} // namespace

escape read_escape(const char* p, const char* end) {
  if (end - p < 2)
    return {};
  switch (p[1]) {
  case '"':
    return {p + 2, U'"'};
  case '\\':
    return {p + 2, U'\\'};
  case '/':
    return {p + 2, U'/'};
  case 'b':
    return {p + 2, U'\b'};
  case 'f':
    return {p + 2, U'\f'};
  case 'n':
    return {p + 2, U'\n'};
  case 'r':
    return {p + 2, U'\r'};
  case 't':
    return {p + 2, U'\t'};
  case 'u':
    return read_unicode_escape(p, end);
  default:
    return {};
  }
}

const char* match(const char* p, const char* end, std::string_view expected) {
  while (!expected.empty()) {
    if (p == end)
      return nullptr;
    if (*p != '\\') {
      if (*p++ != expected.front())
        return nullptr;
      expected.remove_prefix(1);
      continue;
    }
    char bytes[4];
    const escape escaped = read_escape(p, end);
    const std::string_view character{bytes, utf8::encode(escaped.code_point, bytes)};
    if (!expected.starts_with(character))
      return nullptr;
    expected.remove_prefix(character.size());
    p = escaped.end;
  }
  return p;
}

} // namespace mdai::json
