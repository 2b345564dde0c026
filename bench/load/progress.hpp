#pragma once
#include <string>

#include "bench/load/loop.hpp"

namespace mdai::load {

/// Tells on stderr how far things are, once a second at most.
class progress {
public:
  /// "creating sessions  1200 of 5000"
  void tick(const char* what, std::size_t done, std::size_t of);
  /// "measuring  3 of 10 s  81234 messages"
  void tick_seconds(const char* what, double done, double of, std::size_t count);

private:
  bool due();
  clock::time_point next_ = clock::now() + milliseconds{500};
};

} // namespace mdai::load
