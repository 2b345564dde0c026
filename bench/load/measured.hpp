#pragma once
#include "bench/load/bench.hpp"

namespace mdai::load {

std::chrono::nanoseconds to_duration(double seconds);

/// What happens over and over while it is measured.
struct repeated {
  std::size_t done = 0, resumed = 0; ///< resumed: of those done, TLS sessions that were resumed
  std::string failure;               ///< a sentence, empty while all is well
  histogram times;
};

/// Runs the loop for the warm-up, forgets what was done and timed in it, and measures. Ends early on a failure.
usage run_measured(bench& with, const char* what, repeated& work);

} // namespace mdai::load
