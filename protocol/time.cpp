#include "protocol/time.hpp"

#include <cstdio>
#include <ctime>

namespace mdai {

std::optional<wall_time> parse_http_date(std::string_view text) {
  constexpr auto format = "%a, %d %b %Y %H:%M:%S GMT"; // the process keeps the "C" locale
  const std::string terminated{text};
  std::tm parts{};
  const char* end = ::strptime(terminated.c_str(), format, &parts);
  if (!end || *end != '\0' || terminated.size() != text.size())
    return std::nullopt;
  return from_unix_ms(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

std::string iso8601(wall_time t) {
  using namespace std::chrono;
  auto day = floor<days>(t);
  year_month_day date{day};
  hh_mm_ss<milliseconds> clock{t - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

} // namespace mdai
