#pragma once
#include "protocol/face/analysis.hpp"

namespace mdai::vision {

/// How the engines that judge obstacles themselves do so.
struct obstacle_options {
  bool look = true; ///< false: their cost is saved, none is ever found
  /// Added to how sure the engine is of each, before that becomes 0 to 1: above 0 it suspects more. By
  /// `face::obstacle`.
  face::obstacle_scores bias{};
};

} // namespace mdai::vision
