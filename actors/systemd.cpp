#include "actors/systemd.hpp"

#include <string>

#include <systemd/sd-daemon.h>
#include <time.h>

namespace mdai::systemd {

void notify_ready() { sd_notify(0, "READY=1"); }

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto microseconds = std::to_string(now.tv_sec * 1'000'000LL + now.tv_nsec / 1000);
  sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + microseconds).c_str());
}

void notify_stopping() { sd_notify(0, "STOPPING=1"); }

void notify_alive() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0)
    return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

} // namespace mdai::systemd
