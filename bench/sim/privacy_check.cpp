#include "bench/sim/privacy_check.hpp"

#include <algorithm>

namespace mdai::sim {

bool has_key(const json& value, std::string_view name) {
  if (value.is_object() && value.contains(name))
    return true;
  return value.is_structured() &&
         std::any_of(value.begin(), value.end(), [&](const json& v) { return has_key(v, name); });
}

bool mentions(const json& value, std::string_view text) {
  const auto contains = [&](const std::string& s) { return s.find(text) != s.npos; };
  if (value.is_string())
    return contains(value.get_ref<const std::string&>());
  if (!value.is_structured())
    return false;
  for (const auto& [key, member] : value.items())
    if ((value.is_object() && contains(key)) || mentions(member, text))
      return true;
  return false;
}

std::size_t count_leaks(const peer& kiosk, std::string_view text) {
  const auto& seen = kiosk.seen();
  return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [&](const std::string& raw) {
    // A message that is no JSON is searched as it stands.
    const auto body = json::parse(raw, nullptr, false);
    return raw.find(text) != raw.npos || has_key(body, "platform_id") || mentions(body, text);
  }));
}

} // namespace mdai::sim
