#include "protocol/crypto.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

/// Bytes as text: base64 in both alphabets and hexadecimal.
namespace mdai::crypto {
namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The value of each digit; `foreign` (and no digit) has the highest bit, so that an OR over many shows any
/// one.
using digit_table = std::array<std::uint8_t, 256>;
constexpr std::uint8_t foreign = 0x80;

consteval digit_table table_of(std::string_view alphabet) {
  digit_table t;
  t.fill(foreign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    t[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return t;
}

consteval digit_table hex_table() {
  auto t = table_of("0123456789abcdef");
  for (char c = 'A'; c <= 'F'; ++c)
    t[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(c - 'A' + 10);
  return t;
}

constexpr digit_table standard_digits = table_of(standard_alphabet);
constexpr digit_table url_digits = table_of(url_alphabet);
constexpr digit_table hex_digits = hex_table();

std::uint32_t value(const digit_table& t, char digit) { return t[static_cast<unsigned char>(digit)]; }

std::string encode(std::string_view data, std::string_view alphabet) {
  const auto whole = data.size() / 3, rest = data.size() % 3;
  std::string out(whole * 4 + (rest > 0 ? rest + 1 : 0), '\0');
  const auto byte = [&](std::size_t i) { return i < data.size() ? static_cast<unsigned char>(data[i]) : 0u; };
  for (std::size_t group = 0, at = 0; at < out.size(); ++group) {
    const auto bits = byte(3 * group) << 16 | byte(3 * group + 1) << 8 | byte(3 * group + 2);
    for (int shift = 18; shift >= 0 && at < out.size(); shift -= 6)
      out[at++] = alphabet[bits >> shift & 63];
  }
  return out;
}

/// What digits without padding mean; nothing when one is foreign or stands alone.
std::optional<std::string> decode(std::string_view digits, const digit_table& t) {
  auto whole = digits.size() / 4, rest = digits.size() % 4;
  if (rest == 1)
    return std::nullopt;
  std::string out(digits.size() * 3 / 4, '\0');
  std::uint32_t seen = 0;
  auto at = digits.begin();
  auto to = out.begin();
  for (std::size_t i = 0; i < whole; ++i, at += 4) {
    auto a = value(t, at[0]), b = value(t, at[1]), c = value(t, at[2]), d = value(t, at[3]);
    seen |= a | b | c | d;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    *to++ = static_cast<char>(b << 4 | c >> 2);
    *to++ = static_cast<char>(c << 6 | d);
  }
  if (rest > 0) {
    auto a = value(t, at[0]), b = value(t, at[1]), c = rest == 3 ? value(t, at[2]) : 0;
    seen |= a | b | c;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    if (rest == 3)
      *to = static_cast<char>(b << 4 | c >> 2);
  }
  if (seen & foreign)
    return std::nullopt;
  return out;
}

/// Padded base64 without its padding; nothing when its length is wrong. An `=` elsewhere is left to the
/// table.
std::optional<std::string_view> without_padding(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  text.remove_suffix(text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
  return text;
}

} // namespace

std::string base64(std::string_view data) {
  auto out = encode(data, standard_alphabet);
  out.resize((data.size() + 2) / 3 * 4, '=');
  return out;
}

result<std::string> decode_base64(std::string_view text) {
  auto digits = without_padding(text);
  auto data = digits ? decode(*digits, standard_digits) : std::nullopt;
  if (!data)
    return errc::malformed_base64;
  return std::move(*data);
}

bool is_base64(std::string_view text) {
  auto digits = without_padding(text);
  if (!digits || digits->empty())
    return false;
  return std::all_of(digits->begin(), digits->end(), [](char c) { return value(standard_digits, c) != foreign; });
}

std::string base64url(std::string_view data) { return encode(data, url_alphabet); }

result<std::string> decode_base64url(std::string_view text) {
  auto data = decode(text, url_digits);
  // Unused bits that are set would give one signature several spellings.
  static constexpr std::uint32_t unused_bits[] = {0, 0, 0x0F, 0x03};
  auto unused = unused_bits[text.size() % 4];
  if (!data || (unused && value(url_digits, text.back()) & unused))
    return errc::malformed_base64;
  return std::move(*data);
}

std::string hex(std::string_view data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * data.size());
  for (unsigned char byte : data) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

result<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return errc::malformed_hex;
  std::string out(text.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto high = value(hex_digits, text[2 * i]), low = value(hex_digits, text[2 * i + 1]);
    if ((high | low) & foreign)
      return errc::malformed_hex;
    out[i] = static_cast<char>(high << 4 | low);
  }
  return out;
}

result<key256> key_from_hex(std::string_view text) {
  key256 key;
  auto raw = decode_hex(text);
  if (!raw || raw->size() != key.size())
    return errc::malformed_hex;
  std::copy(raw->begin(), raw->end(), key.begin());
  return key;
}

} // namespace mdai::crypto
