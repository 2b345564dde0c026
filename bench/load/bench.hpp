#pragma once
#include <memory>

#include "bench/load/meter.hpp"
#include "bench/load/options.hpp"
#include "bench/load/progress.hpp"
#include "bench/load/report.hpp"
#include "bench/load/site.hpp"

namespace mdai::load {

/// What every verb works with.
struct bench {
  options wish;
  site server;
  server_meter meter;
  loop on;
  progress show;

  bench(options o, site s, server_meter m)
      : wish(std::move(o))
      , server(std::move(s))
      , meter(std::move(m)) {}
  /// Resolves the target, finds the processes, and lets this process open as many sockets as the system allows.
  static sim::outcome<std::unique_ptr<bench>> make(const options& o);
};

/// Makes a bench, runs `work` with it, and prints the report or why there is none. Answers the exit status.
int with_bench(const options& o, const std::function<sim::outcome<report>(bench&)>& work);

} // namespace mdai::load
