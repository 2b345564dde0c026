#pragma once
#include <chrono>
#include <optional>

/// The service manager's side channel. All of it does nothing when there is none.
namespace mdai::systemd {

void notify_ready();
void notify_reloading();
void notify_stopping();
void notify_alive();
/// How often notify_alive must come at least; nothing: the watchdog is off.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace mdai::systemd
