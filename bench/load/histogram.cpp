#include "bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace mdai::load {

void histogram::merge(const histogram& other) {
  for (std::size_t i = 0; i < size; ++i)
    buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t histogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  const auto rank = std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(count_, 1));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < size; ++i) {
    seen += buckets_[i];
    if (seen < rank)
      continue;
    const std::size_t s = i < 2 * steps ? 0 : i / steps - 1;
    const auto past = (std::uint64_t{i - s * steps} + 1) << s; // wraps to 0 in the last bucket: its end is 2^64 - 1
    return std::min(past - 1, max_);
  }
  return 0;
}

} // namespace mdai::load
