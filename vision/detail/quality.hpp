#pragma once
#include <opencv2/core.hpp>

#include "protocol/face/analysis.hpp"

namespace mdai::vision::detail {

struct quality_reading {
  float quality = 0;
  face::quality_issue issue = face::quality_issue::none; ///< what the quality is down to
  /// Sharp enough for what is missing to be missing.
  bool sharp() const { return issue != face::quality_issue::blurred || quality >= 0.65f; }
};

/// How good the face in the box is to work with: the worst of sharpness, light, contrast, size and centring. Each is
/// 0.65 where it begins to matter, and never quite 1: so the quality of a living picture always moves a little.
quality_reading judge_quality(const cv::Mat& grey, const cv::Rect2f& face);

} // namespace mdai::vision::detail
