#include <algorithm>
#include <cmath>
#include <optional>

#include "vision/calibration.hpp"

namespace mdai::vision {
namespace {

/// A score is accepted when it reaches the threshold.
double share_below(const std::vector<float>& ascending, float threshold) {
  const auto at = std::lower_bound(ascending.begin(), ascending.end(), threshold);
  return static_cast<double>(at - ascending.begin()) / static_cast<double>(ascending.size());
}

operating_point at(const score_report& scores, float threshold) {
  return {threshold, 1 - share_below(scores.impostor, threshold), share_below(scores.genuine, threshold)};
}

/// The lowest threshold that at most this share of impostors reaches.
std::optional<operating_point> point_for(const score_report& scores, double share) {
  constexpr double fewest = 10;
  const auto& all = scores.impostor;
  const double accepted = share * static_cast<double>(all.size());
  if (accepted < fewest)
    return std::nullopt;
  const float last_accepted = all[all.size() - static_cast<std::size_t>(accepted)];
  const float threshold = std::ceil(last_accepted * 1000) / 1000; // as people write it
  return at(scores, threshold);
}

} // namespace

score_report judge_scores(std::vector<float> genuine, std::vector<float> impostor) {
  score_report out{std::move(genuine), std::move(impostor), {}, {}, {}};
  std::sort(out.genuine.begin(), out.genuine.end());
  std::sort(out.impostor.begin(), out.impostor.end());
  double nearest = 2;
  for (int thousandth = -200; thousandth <= 1000; ++thousandth) {
    const auto point = at(out, static_cast<float>(thousandth) / 1000);
    if (const double gap = std::abs(point.false_accepts - point.false_rejects); gap < nearest) {
      nearest = gap;
      out.equal_error = point;
    }
    if (thousandth % 10 == 0)
      out.roc.push_back(point);
  }
  for (double share : {0.01, 0.001, 0.0001})
    if (auto point = point_for(out, share))
      out.points.push_back(*point);
  return out;
}

} // namespace mdai::vision
