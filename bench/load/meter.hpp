#pragma once
#include <ctime>
#include <optional>
#include <vector>

#include <sys/types.h>

#include "bench/load/loop.hpp"
#include "bench/sim/outcome.hpp"

namespace mdai::load {

/// CPU time (user and system, all threads, dead ones too) and memory of the server's processes. Without processes
/// everything is 0.
class server_meter {
public:
  static sim::outcome<server_meter> of(const std::vector<pid_t>& pids);

  bool present() const { return !pids_.empty(); }
  nanoseconds cpu() const;
  /// Resident bytes (smaps_rollup, which counts exactly; else VmRSS).
  std::uint64_t resident_bytes() const;
  /// The same once two looks, half a second apart, differ by less than 0.2%, or after `patience`. Blocks.
  std::uint64_t settled_bytes(std::chrono::seconds patience = std::chrono::seconds{10}) const;

private:
  std::vector<pid_t> pids_;
  std::vector<clockid_t> clocks_;
};

/// What a stretch of time cost.
struct usage {
  double seconds = 0;
  nanoseconds server{0}, own{0};

  double server_share() const { return seconds == 0 ? 0 : static_cast<double>(server.count()) / 1e9 / seconds; }
  double own_share() const { return seconds == 0 ? 0 : static_cast<double>(own.count()) / 1e9 / seconds; }
  double server_ns_per(std::uint64_t count) const {
    return count == 0 ? 0 : static_cast<double>(server.count()) / static_cast<double>(count);
  }
};

/// Measures from its making on.
class stopwatch {
public:
  explicit stopwatch(const server_meter& server);
  usage elapsed() const;

private:
  const server_meter& server_;
  clock::time_point start_;
  nanoseconds server_start_, own_start_;
};

} // namespace mdai::load
