#include "bench/load/progress.hpp"

#include <cstdio>

namespace mdai::load {

bool progress::due() {
  const auto now = clock::now();
  if (now < next_)
    return false;
  next_ = now + std::chrono::seconds{1};
  return true;
}

void progress::tick(const char* what, std::size_t done, std::size_t of) {
  if (due())
    std::fprintf(stderr, "mdai-load: %s  %zu of %zu\n", what, done, of);
}

void progress::tick_seconds(const char* what, double done, double of, std::size_t count) {
  if (due())
    std::fprintf(stderr, "mdai-load: %s  %.0f of %.0f s  %zu\n", what, done, of, count);
}

} // namespace mdai::load
