#pragma once
#include <cstddef>

namespace mdai {

/// Memory for what comes and goes with every message. What is given back is kept for the next of its size: a bounded
/// store for each thread. A block may be given back on another thread than the one that took it.
struct recycler {
  /// At least `bytes`, aligned as operator new has it. Throws std::bad_alloc.
  static void* take(std::size_t bytes);
  /// `bytes` as they were asked for.
  static void give(void* block, std::size_t bytes) noexcept;
};

} // namespace mdai
