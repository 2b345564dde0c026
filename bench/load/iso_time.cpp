#include "bench/load/iso_time.hpp"

#include <cstdio>
#include <ctime>

namespace mdai::load {

std::optional<std::chrono::system_clock::time_point> parse_iso_time(const std::string& text) {
  std::tm t{};
  int ms = 0, used = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
                                 &t.tm_hour, &t.tm_min, &t.tm_sec, &ms, &used);
  if (fields != 7 || static_cast<std::size_t>(used) != text.size())
    return std::nullopt;
  t.tm_year -= 1900;
  t.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(::timegm(&t)) + std::chrono::milliseconds{ms};
}

} // namespace mdai::load
