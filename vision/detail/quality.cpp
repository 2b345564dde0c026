#include "vision/detail/quality.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace mdai::vision::detail {
namespace {

using face::quality_issue;

constexpr double darkest = 50, brightest = 210;   ///< mean grey level of a face
constexpr double flattest = 0.10;                 ///< standard deviation of its grey levels, as a part of their mean
constexpr double softest = 5.0;                   ///< see `sharpness`
constexpr double smallest = 80;                   ///< width in pixels, below which the embedding suffers
constexpr double farthest = 0.27, nearest = 0.72; ///< width as a part of the picture's shorter side
constexpr double most_aside = 0.30;               ///< of the middle, as a part of the picture

/// 0.65 at 1, which is where a measure is just good enough.
float score(double measure) { return static_cast<float>(1 - std::exp(-1.05 * std::max(0.0, measure))); }

/// How strong edges are, apart from the sensor's noise, in percent of the brightness.
double sharpness(const cv::Mat& face, double brightness) {
  cv::Mat soft, edges;
  cv::GaussianBlur(face, soft, {5, 5}, 1.2);
  cv::Laplacian(soft, edges, CV_16S, 3);
  cv::Scalar mean, deviation;
  cv::meanStdDev(edges, mean, deviation);
  return 100 * deviation[0] / (brightness + 10);
}

/// The face without what surrounds it, at most 128 pixels wide.
cv::Mat inner(const cv::Mat& grey, const cv::Rect2f& face) {
  constexpr float margin = 0.12f;
  const cv::Rect2f part(face.x + margin * face.width, face.y + margin * face.height, face.width * (1 - 2 * margin),
                        face.height * (1 - 2 * margin));
  const cv::Rect where = cv::Rect(part) & cv::Rect(0, 0, grey.cols, grey.rows);
  if (where.width < 8 || where.height < 8)
    return {};
  const double scale = std::min(1.0, 128.0 / where.width);
  cv::Mat out;
  cv::resize(grey(where), out, {}, scale, scale, cv::INTER_AREA);
  return out;
}

} // namespace

quality_reading judge_quality(const cv::Mat& grey, const cv::Rect2f& face) {
  const auto part = inner(grey, face);
  if (part.empty())
    return {0, quality_issue::off_centre};
  cv::Scalar mean, deviation;
  cv::meanStdDev(part, mean, deviation);
  const double shorter = std::min(grey.cols, grey.rows), width = face.width;
  const double aside = std::max(std::abs((face.x + face.width / 2) / grey.cols - 0.5f),
                                std::abs((face.y + face.height / 2) / grey.rows - 0.5f));
  const std::pair<float, quality_issue> measures[] = {
      {score(sharpness(part, mean[0]) / softest), quality_issue::blurred},
      {score(mean[0] / darkest), quality_issue::too_dark},
      {score((255 - mean[0]) / (255 - brightest)), quality_issue::too_bright},
      {score(deviation[0] / (mean[0] + 10) / flattest), quality_issue::low_contrast},
      {score(std::min(width / smallest, width / (farthest * shorter))), quality_issue::too_far},
      {score((1 - width / shorter) / (1 - nearest)), quality_issue::too_close},
      {score((0.5 - aside) / (0.5 - most_aside)), quality_issue::off_centre}};
  const auto& worst = *std::min_element(std::begin(measures), std::end(measures),
                                        [](const auto& a, const auto& b) { return a.first < b.first; });
  return {worst.first, worst.second};
}

} // namespace mdai::vision::detail
