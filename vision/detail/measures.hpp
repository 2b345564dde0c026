#pragma once
#include "vision/detail/eyes.hpp"
#include "vision/detail/picture.hpp"
#include "vision/obstacle_options.hpp"

namespace mdai::vision::detail {

/// The picture in shades of grey; the very pixels when it has no colours.
cv::Mat grey_of(const picture& image);

/// Fills in what every engine judges alike once it knows where face and eyes are: quality and obstacles.
void measure_face(const picture& image, const cv::Mat& grey, const cv::Rect2f& face, const eye_pair& eyes,
                  const obstacle_options& options, face::frame_analysis& out);

/// And where the eyes are and how open, when that was seen and not only supposed.
void measure_eyes(const cv::Mat& grey, const eye_pair& eyes, face::frame_analysis& out);

} // namespace mdai::vision::detail
