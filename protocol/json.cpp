#include "protocol/json.hpp"

#include <charconv>
#include <limits>

#include "protocol/json_scanner.hpp"

namespace mdai::json {
namespace {

/// Whether a number that no double can hold is too large (else too small): by the power of ten of its first
/// digit that is not zero.
bool is_huge(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto first = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
  const std::int64_t magnitude = first < point ? point - first : point - first + 1;
  std::string_view digits = number.substr(std::min(e + 1, number.size()));
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  std::int64_t exponent = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec == std::errc::result_out_of_range)
    return !digits.starts_with('-');
  return exponent > -magnitude;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\b':
    out += "\\b";
    break;
  case '\f':
    out += "\\f";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    out.append("\\u00").append({hex[c >> 4 & 0xF], hex[c & 0xF]});
  }
}

} // namespace

result<void> scan_object(std::string_view document, std::span<const std::string_view> names,
                         std::span<std::optional<value>> found, unsigned max_depth) {
  member_finder finder{names, found};
  const auto verdict = scanner{document, max_depth, finder}.run();
  if (!verdict)
    finder.forget();
  return verdict;
}

std::string decode(const value& string) {
  std::string out;
  if (string.kind != kind::string)
    return out;
  std::string_view text = inside(string.text);
  out.reserve(text.size());
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\')) {
    char bytes[4];
    const escape escaped = read_escape(text.data() + at, text.data() + text.size());
    out.append(text, 0, at).append(bytes, utf8::encode(escaped.code_point, bytes));
    text.remove_prefix(static_cast<std::size_t>(escaped.end - text.data()));
  }
  return out.append(text);
}

bool equals(const value& string, std::string_view expected) {
  return string.kind == kind::string && means(inside(string.text), expected);
}

std::optional<std::int64_t> integer(const value& number) {
  const char* const end = number.text.data() + number.text.size();
  std::int64_t parsed = 0;
  if (number.kind != kind::number)
    return std::nullopt;
  const auto [stop, error] = std::from_chars(number.text.data(), end, parsed);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return parsed;
}

std::optional<std::int64_t> nearest_integer(const value& number) {
  using range = std::numeric_limits<std::int64_t>;
  if (number.kind != kind::number || number.text.find_first_of(".eE") != std::string_view::npos)
    return std::nullopt;
  return integer(number).value_or(number.text.starts_with('-') ? range::min() : range::max());
}

double real(const value& number) {
  if (number.kind != kind::number)
    return std::numeric_limits<double>::quiet_NaN();
  const std::string_view text = number.text;
  double parsed = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), parsed).ec != std::errc::result_out_of_range)
    return parsed;
  const double nearest = is_huge(text) ? std::numeric_limits<double>::infinity() : 0.0;
  return text.starts_with('-') ? -nearest : nearest;
}

void append_quoted(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  for (const char* p = text.data(); p != end;) {
    const char* const plain = p;
    p = find_first(p, end, not_plain{});
    out.append(plain, p);
    if (p == end)
      break;
    const std::size_t size = utf8::sequence_length(p, end);
    if (size > 1)
      out.append(p, size);
    else if (size == 1)
      append_escape(out, *p);
    else
      out += "\xEF\xBF\xBD";
    p += std::max<std::size_t>(size, 1);
  }
  out += '"';
}

} // namespace mdai::json
