#include "actors/did_you_mean.hpp"

#include <algorithm>
#include <numeric>

namespace mdai::config {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the matrix: the row above gives edits, the one before it swaps.
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  auto limit = std::min<std::size_t>(3, 1 + word.size() / 6);
  const std::string* best = nullptr;
  for (const auto& candidate : candidates)
    if (auto d = edit_distance(word, candidate); d <= limit) {
      best = &candidate;
      limit = d == 0 ? 0 : d - 1;
    }
  if (best)
    return *best;
  auto begins = [&](const std::string& c) { return word.size() >= 3 && c.starts_with(word); };
  if (std::count_if(candidates.begin(), candidates.end(), begins) == 1)
    return *std::find_if(candidates.begin(), candidates.end(), begins);
  return {};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  auto meant = closest(word, candidates);
  return meant.empty() ? "" : ", did you mean " + meant + "?";
}

} // namespace mdai::config
