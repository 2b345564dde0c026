#include "actors/settings_parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mdai::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// The largest unit first, for printing; a bare number is seconds, or bytes.
constexpr std::array<unit, 6> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}, {"", 1'000}}};
constexpr std::array<unit, 9> size_units{{{"GiB", 1 << 30},
                                          {"MiB", 1 << 20},
                                          {"KiB", 1 << 10},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1'000},
                                          {"kB", 1'000},
                                          {"B", 1},
                                          {"", 1}}};

template <std::size_t N>
std::optional<std::int64_t> factor_of(const std::array<unit, N>& units, std::string_view name) {
  auto found = std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.name == name; });
  return found == units.end() ? std::nullopt : std::optional{found->factor};
}

std::string_view take_digits(std::string_view& text) {
  auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  auto digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

std::optional<std::int64_t> product(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional{out};
}

/// "1" and "5" (of "1.5") as thousandths: 1500.
std::optional<std::int64_t> thousandths(std::string_view whole, std::string_view decimals) {
  if (whole.empty() || decimals.size() > 3)
    return std::nullopt;
  auto digits = std::string{whole}.append(decimals).append(3 - decimals.size(), '0');
  return parse_integer(digits);
}

} // namespace

std::optional<bool> parse_boolean(std::string_view text) {
  auto word = lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1")
    return true;
  if (word == "false" || word == "no" || word == "off" || word == "0")
    return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  auto whole = take_digits(text);
  std::string_view decimals;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimals = take_digits(text);
    if (decimals.empty())
      return std::nullopt;
  }
  auto amount = thousandths(whole, decimals);
  auto factor = factor_of(duration_units, text);
  if (!amount || !factor)
    return std::nullopt;
  auto thousand_fold = product(*amount, *factor);
  if (!thousand_fold || *thousand_fold % 1000 != 0)
    return std::nullopt;
  return milliseconds{*thousand_fold / 1000};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  auto amount = parse_integer(take_digits(text));
  auto factor = factor_of(size_units, text);
  return amount && factor ? product(*amount, *factor) : std::nullopt;
}

std::optional<double> parse_decimal(std::string_view text) {
  constexpr std::size_t longest = 16, most_decimals = 6;
  auto rest = text;
  auto whole = take_digits(rest);
  auto decimals = rest.starts_with('.') ? rest.substr(1) : rest;
  if (whole.empty() || text.size() > longest || decimals.size() > most_decimals || text.ends_with('.') ||
      decimals.find_first_not_of("0123456789") != decimals.npos)
    return std::nullopt;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string print_duration(milliseconds value) {
  auto ms = value.count();
  if (ms == 0)
    return "0s";
  // One day reads better as 24h, the way operators write it.
  auto fits = [&](const unit& u) { return ms % u.factor == 0 && (u.name != "d" || ms > u.factor); };
  auto best = std::find_if(duration_units.begin(), duration_units.end(), fits);
  return std::to_string(ms / best->factor).append(best->name);
}

std::string print_size(std::int64_t bytes) {
  for (std::size_t i = 0; i < 3; ++i)
    if (bytes > 0 && bytes % size_units[i].factor == 0)
      return std::to_string(bytes / size_units[i].factor).append(size_units[i].name);
  return std::to_string(bytes);
}

std::string print_decimal(double value) {
  std::array<char, 32> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr;
  return {digits.data(), end};
}

std::string_view trim(std::string_view text) {
  constexpr auto blanks = " \t\r\n";
  auto first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!trim(text).empty()) {
    auto comma = std::min(text.find(','), text.size());
    if (auto part = trim(text.substr(0, comma)); !part.empty())
      parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts)
    out.append(out.empty() ? std::string_view{} : between).append(part);
  return out;
}

} // namespace mdai::config
