#pragma once
#include <string_view>

#include "bench/sim/peer.hpp"

namespace mdai::sim {

/// Whether an object anywhere in `value` has a member of that name.
bool has_key(const json& value, std::string_view name);
/// Whether a string or a member's name anywhere in `value` contains `text`, after unescaping.
bool mentions(const json& value, std::string_view text);

/// How many of the messages that a kiosk received carry a `platform_id` member or `text`.
std::size_t count_leaks(const peer& kiosk, std::string_view text);

} // namespace mdai::sim
