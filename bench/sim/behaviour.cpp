#include "bench/sim/platform.hpp"

#include <utility>

namespace mdai::sim {
namespace {

constexpr std::pair<std::string_view, mode> mode_names[] = {
    {"ok", mode::ok},
    {"slow", mode::slow},
    {"down", mode::down},
    {"lost", mode::lost},
    {"hang", mode::hang},
    {"5xx", mode::server_error},
    {"status", mode::status},
    {"401", mode::unauthorized},
    {"403", mode::forbidden},
    {"reject", mode::reject},
    {"nonsense", mode::nonsense},
    {"empty", mode::empty},
    {"redirect", mode::redirect},
    {"no_platform_id", mode::no_platform_id},
};

constexpr unsigned slow_by_default_ms = 1'000;
constexpr unsigned longest_delay_ms = 600'000;

std::string known_modes() {
  std::string out;
  for (const auto& [name, value] : mode_names)
    out += (out.empty() ? "" : ", ") + std::string{name};
  return out;
}

std::optional<mode> parse_mode(const json& text, std::string& why) {
  if (text.is_string())
    for (const auto& [name, value] : mode_names)
      if (text.get_ref<const std::string&>() == name)
        return value;
  why = "mode must be one of: " + known_modes();
  return std::nullopt;
}

/// Reads an optional whole number up to `limit` into `out`.
bool read_number(const json& text, const char* name, unsigned limit, unsigned& out, std::string& why) {
  const auto found = text.find(name);
  if (found == text.end())
    return true;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() <= limit) {
    out = found->get<unsigned>();
    return true;
  }
  why = std::string{name} + " must be a whole number up to " + std::to_string(limit);
  return false;
}

} // namespace

std::optional<behaviour> behaviour::parse(const json& text, std::string& why) {
  if (!text.is_object() || !text.contains("mode")) {
    why = R"(a behaviour looks like {"mode":"slow","delay_ms":500,"times":3})";
    return std::nullopt;
  }
  const auto which = parse_mode(text["mode"], why);
  if (!which)
    return std::nullopt;
  behaviour out{*which};
  unsigned delay_ms = *which == mode::slow ? slow_by_default_ms : 0;
  if (!read_number(text, "delay_ms", longest_delay_ms, delay_ms, why) ||
      !read_number(text, "times", 1'000'000'000, out.times, why) ||
      !read_number(text, "status", 599, out.status, why) ||
      !read_number(text, "retry_after", 86'400, out.retry_after, why))
    return std::nullopt;
  if (out.status != 0 && out.status < 200) {
    why = "status must be from 200 to 599";
    return std::nullopt;
  }
  out.delay = milliseconds{delay_ms};
  return out;
}

json behaviour::report() const {
  std::string_view called;
  for (const auto& [name, value] : mode_names)
    if (value == mode)
      called = name;
  json out{{"mode", called}};
  if (delay.count() > 0)
    out["delay_ms"] = delay.count();
  if (times > 0)
    out["times"] = times;
  if (status > 0)
    out["status"] = status;
  if (retry_after > 0)
    out["retry_after"] = retry_after;
  return out;
}

} // namespace mdai::sim
