// config: texts of settings to values and back. Pure functions; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/time.hpp"

namespace mdai::config {

/// true/false, yes/no, on/off, 1/0, of either case.
std::optional<bool> parse_boolean(std::string_view text);
/// Decimal, the whole text.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// "180" (seconds), "500ms", "3m", "24h", "7d", "1.5h": whole milliseconds, at most three decimals.
std::optional<milliseconds> parse_duration(std::string_view text);
/// "1048576" (bytes), "64KiB", "1MiB", "2GiB" (powers of 1024), "1MB" (powers of 1000).
std::optional<std::int64_t> parse_size(std::string_view text);
/// "0.65", "1": at most six decimals, no sign, no exponent.
std::optional<double> parse_decimal(std::string_view text);

/// The shortest text that parses to the same value: "3m", "90s", "24h", "7d".
std::string print_duration(milliseconds value);
std::string print_size(std::int64_t bytes);
std::string print_decimal(double value);

std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
/// The parts between commas, trimmed; an empty text has none.
std::vector<std::string> split_list(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view between = ", ");

} // namespace mdai::config
