#pragma once
#include <cstdint>
#include <string>
#include <string_view>

/// One event a line, as JSON or key=value. Ids yes; bodies, tokens, platform ids and exception texts never.
/// Written by a thread of its own: a slow terminal never blocks a loop, lines that do not fit its queue are counted.
namespace mdai::log {

enum class level : std::uint8_t { debug, info, warning, error, off };

/// Once, before the first line; until then and after stop() lines are dropped.
void start(level least, bool json);
/// Flushes what is queued.
void stop();
/// Any thread.
void set_level(level least);
/// "debug", "info", "warning" or "warn", "error", "off"; anything else is info.
level parse_level(std::string_view text);
/// Lines lost because the writer could not keep up.
std::uint64_t dropped();

/// A line being written; goes out when it dies.
class line {
public:
  line(level l, std::string_view event);
  ~line();
  line(const line&) = delete;
  line& operator=(const line&) = delete;

  line& with(std::string_view key, std::string_view value);
  line& with(std::string_view key, const char* value) { return with(key, std::string_view{value}); }
  line& with(std::string_view key, std::int64_t value);

private:
  level level_;
  bool on_;
  std::string text_;
};

inline line debug(std::string_view event) { return {level::debug, event}; }
inline line info(std::string_view event) { return {level::info, event}; }
inline line warning(std::string_view event) { return {level::warning, event}; }
inline line error(std::string_view event) { return {level::error, event}; }

} // namespace mdai::log
