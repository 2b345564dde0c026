#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace mdai::load {

/// "2026-12-03T10:47:12.512Z", as the broker writes it; nothing else is read.
std::optional<std::chrono::system_clock::time_point> parse_iso_time(const std::string& text);

} // namespace mdai::load
