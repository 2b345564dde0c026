#pragma once
#include <string_view>

#include <opencv2/core.hpp>

namespace mdai::vision::detail {

/// How a JPEG's camera was held: the orientation of its EXIF data (EXIF 2.3, tag 0x0112), 1 to 8; 1 when it says
/// nothing.
int orientation_of(std::string_view jpeg);

/// The picture as it is to be seen.
cv::Mat upright(const cv::Mat& pixels, int orientation);

} // namespace mdai::vision::detail
