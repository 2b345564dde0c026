#pragma once
#include <array>
#include <optional>

#include <opencv2/core.hpp>

#include "vision/detail/face_finder.hpp"

namespace mdai::vision::detail {

/// The middles of the eyes, left and right as they stand in the picture.
struct eye_pair {
  cv::Point2f left, right;
  float distance() const { return std::hypot(right.x - left.x, right.y - left.y); }
  float angle() const { return std::atan2(right.y - left.y, right.x - left.x); } ///< radians
  cv::Point2f middle() const { return (left + right) / 2; }
};

/// Where the eyes of most faces lie in the box that the cascade finds.
eye_pair usual_eyes(const cv::Rect2f& face);

/// Both eyes of a face, when the cascades find both where eyes can be.
std::optional<eye_pair> find_eyes(cascades& models, const cv::Mat& grey, const cv::Rect2f& face);

/// How much darker an iris is than what lies left and right of it, as a part of the brightness around: 0.28 of an open
/// eye, 0.03 of a closed one. For the left and the right eye.
std::array<float, 2> openness(const cv::Mat& grey, const eye_pair& eyes);

} // namespace mdai::vision::detail
