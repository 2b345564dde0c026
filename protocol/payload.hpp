#pragma once
#include <atomic>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "protocol/recycler.hpp"

namespace mdai {

/// The bytes of one message: immutable, shared by copies, never re-encoded on their way. Any thread.
class payload {
public:
  payload() = default;
  /// A copy of `bytes`.
  explicit payload(std::string_view bytes)
      : payload(of_size(bytes.size(), [bytes](char* into) { std::memcpy(into, bytes.data(), bytes.size()); })) {}
  payload(const payload& other) noexcept
      : block_(other.block_) {
    if (block_)
      block_->users.fetch_add(1, std::memory_order_relaxed);
  }
  payload(payload&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)) {}
  payload& operator=(payload other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~payload() {
    if (block_ && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      recycler::give(block_, sizeof(block) + block_->size);
  }

  /// Made in place: `fill(char*)` writes all `size` bytes. When it throws nothing is left.
  template <class Fill>
  static payload of_size(std::size_t size, Fill&& fill) {
    payload made;
    if (size == 0)
      return made;
    made.block_ = new (recycler::take(sizeof(block) + size)) block{{1}, size};
    std::forward<Fill>(fill)(made.block_->bytes());
    return made;
  }

  std::string_view view() const noexcept {
    return block_ ? std::string_view{block_->bytes(), block_->size} : std::string_view{};
  }
  std::size_t size() const noexcept { return block_ ? block_->size : 0; }
  bool empty() const noexcept { return size() == 0; }

private:
  /// In front of the bytes.
  struct block {
    std::atomic<std::size_t> users;
    const std::size_t size;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };

  block* block_ = nullptr;
};

} // namespace mdai
