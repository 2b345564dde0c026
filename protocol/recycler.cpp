#include "protocol/recycler.hpp"

#include <bit>
#include <new>

namespace mdai {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool enabled = false; // it would hide who uses what is gone
#else
constexpr bool enabled = true;
#endif

constexpr std::size_t smallest = 64, classes = 7; ///< each twice as large as the one before
constexpr std::size_t largest = smallest << (classes - 1);
constexpr std::size_t kept_bytes = 256u << 10; ///< of each class

/// Of which class; `classes` when of none.
std::size_t class_of(std::size_t bytes) {
  if (!enabled || bytes > largest)
    return classes;
  return bytes <= smallest ? 0 : static_cast<std::size_t>(std::bit_width((bytes - 1) / smallest));
}

/// A free block begins with the next one.
struct free_block {
  free_block* next;
};

/// Trivial, so that it may be asked while its thread ends.
struct store {
  free_block* first[classes];
  std::size_t count[classes];
  enum : char { fresh, open, closed } state;
};
thread_local constinit store mine{};

/// Empties the store of a thread that ends.
struct closing {
  ~closing() {
    mine.state = store::closed;
    for (auto& first : mine.first)
      while (auto* block = first) {
        first = block->next;
        ::operator delete(block);
      }
  }
};

bool is_open() {
  if (mine.state == store::fresh) {
    thread_local closing at_the_end;
    mine.state = store::open;
  }
  return mine.state == store::open;
}

} // namespace

void* recycler::take(std::size_t bytes) {
  const auto c = class_of(bytes);
  if (c == classes)
    return ::operator new(bytes);
  auto* block = mine.first[c];
  if (!block)
    return ::operator new(smallest << c);
  mine.first[c] = block->next;
  --mine.count[c];
  return block;
}

void recycler::give(void* block, std::size_t bytes) noexcept {
  const auto c = class_of(bytes);
  if (c == classes || mine.count[c] >= (kept_bytes / smallest) >> c || !is_open())
    return ::operator delete(block);
  mine.first[c] = new (block) free_block{mine.first[c]};
  ++mine.count[c];
}

} // namespace mdai
