#pragma once
#include <opencv2/core.hpp>

#include "protocol/face/analysis.hpp"

namespace mdai::vision::detail {

constexpr int descriptor_dimension = 1024;

/// The face in the box as numbers, alike for it and its mirror image: Tan and Triggs' normalisation of light (IEEE
/// TIP 19, 2010), local phase quantisation (Ojansivu and Heikkilä, ICISP 2008) in a grid of cells, and a projection of
/// fixed random signs. Nothing of it is trained.
face::embedding describe(const cv::Mat& grey, const cv::Rect2f& face);

} // namespace mdai::vision::detail
