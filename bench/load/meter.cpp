#include "bench/load/meter.hpp"

#include <fstream>
#include <numeric>
#include <string>
#include <thread>

namespace mdai::load {
namespace {

nanoseconds read_clock(clockid_t id) {
  timespec t{};
  if (::clock_gettime(id, &t) != 0)
    return {}; // the process is gone: connections tell
  return std::chrono::seconds{t.tv_sec} + nanoseconds{t.tv_nsec};
}

/// The number of kilobytes behind `name` in a file of /proc.
std::optional<std::uint64_t> kilobytes(const std::string& file, std::string_view name) {
  std::ifstream in{file};
  for (std::string word; in >> word;)
    if (std::uint64_t value = 0; word == name && in >> value)
      return value;
  return std::nullopt;
}

std::uint64_t resident_bytes_of(pid_t pid) {
  const auto directory = "/proc/" + std::to_string(pid);
  auto found = kilobytes(directory + "/smaps_rollup", "Rss:");
  if (!found)
    found = kilobytes(directory + "/status", "VmRSS:");
  return found.value_or(0) * 1024;
}

} // namespace

sim::outcome<server_meter> server_meter::of(const std::vector<pid_t>& pids) {
  server_meter out;
  out.pids_ = pids;
  for (const pid_t pid : pids) {
    clockid_t id{};
    if (::clock_getcpuclockid(pid, &id) != 0)
      return sim::failed("--pid " + std::to_string(pid) + ": no such process");
    out.clocks_.push_back(id);
  }
  return out;
}

nanoseconds server_meter::cpu() const {
  return std::accumulate(clocks_.begin(), clocks_.end(), nanoseconds{0},
                         [](nanoseconds sum, clockid_t id) { return sum + read_clock(id); });
}

std::uint64_t server_meter::resident_bytes() const {
  return std::accumulate(pids_.begin(), pids_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, pid_t pid) { return sum + resident_bytes_of(pid); });
}

std::uint64_t server_meter::settled_bytes(std::chrono::seconds patience) const {
  auto seen = resident_bytes();
  for (const auto end = clock::now() + patience; present() && clock::now() < end;) {
    std::this_thread::sleep_for(milliseconds{500});
    const auto now = resident_bytes();
    const auto change = now > seen ? now - seen : seen - now;
    seen = now;
    if (change * 500 < now)
      break;
  }
  return seen;
}

stopwatch::stopwatch(const server_meter& server)
    : server_(server)
    , start_(clock::now())
    , server_start_(server.cpu())
    , own_start_(read_clock(CLOCK_THREAD_CPUTIME_ID)) {}

usage stopwatch::elapsed() const {
  const std::chrono::duration<double> passed = clock::now() - start_;
  return {passed.count(), server_.cpu() - server_start_, read_clock(CLOCK_THREAD_CPUTIME_ID) - own_start_};
}

} // namespace mdai::load
