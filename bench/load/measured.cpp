#include "bench/load/measured.hpp"

namespace mdai::load {

nanoseconds to_duration(double seconds) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>{seconds});
}

usage run_measured(bench& with, const char* what, repeated& work) {
  constexpr milliseconds often{100};
  auto began = clock::now(), until = began + to_duration(with.wish.warmup);
  std::optional<stopwatch> watch;
  usage spent;
  with.on.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    if (now >= until && watch) {
      spent = watch->elapsed();
      return std::nullopt;
    }
    if (!work.failure.empty())
      return std::nullopt;
    if (now >= until) {
      began = now;
      until = now + to_duration(with.wish.seconds);
      work.done = work.resumed = 0;
      work.times.clear();
      watch.emplace(with.meter);
    }
    if (watch)
      with.show.tick_seconds(what, std::chrono::duration<double>{now - began}.count(), with.wish.seconds, work.done);
    return std::min(until, now + often);
  });
  return spent;
}

} // namespace mdai::load
