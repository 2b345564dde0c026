#include <algorithm>
#include <cmath>

#include "vision/detail/dot.hpp"
#include "vision/template_index.hpp"

namespace mdai::vision {

face::embedding mean_of(std::span<const face::embedding> frames) {
  if (frames.empty())
    return {};
  face::embedding sum(frames.front().size());
  for (const auto& frame : frames)
    for (std::size_t i = 0; i < std::min(sum.size(), frame.size()); ++i)
      sum[i] += frame[i];
  const float length = std::sqrt(detail::dot(sum.data(), sum.data(), sum.size()));
  for (auto& value : sum)
    value /= std::max(length, 1e-12f);
  return sum;
}

float similarity(const face::embedding& a, const face::embedding& b) {
  return a.size() == b.size() ? detail::dot(a.data(), b.data(), a.size()) : 0;
}

float likeness(const face::embedding& probe, std::span<const face::embedding> templates) {
  float best = similarity(probe, mean_of(templates));
  for (const auto& one : templates)
    best = std::max(best, similarity(probe, one));
  return best;
}

} // namespace mdai::vision
