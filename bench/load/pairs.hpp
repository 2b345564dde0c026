#pragma once
#include "bench/load/bench.hpp"
#include "bench/load/fleet.hpp"

namespace mdai::load {

/// Adds `wish.pairs` pairs to `all` (phone, kiosk, phone, kiosk, …) and connects them, and whatever else the fleet has
/// already. For mdai creates their sessions and `wish.live_sessions` more.
sim::outcome<void> open_pairs(bench& with, fleet& all);

/// `count` phones without kiosks, pair numbers from `first` on. For mdai creates their sessions.
sim::outcome<std::vector<identity>> make_lone_phones(bench& with, std::uint32_t first, std::size_t count);
/// Adds them to `all`, silent.
sim::outcome<void> add_lone_phones(bench& with, fleet& all, std::uint32_t first, std::size_t count);

} // namespace mdai::load
