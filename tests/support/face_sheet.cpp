#include "tests/support/face_sheet.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace mdai::test {
namespace {

constexpr int shift = 4; ///< OpenCV's fixed point: sixteenths of a pixel
constexpr double fine = sheet::unit * (1 << shift);
constexpr int light_step = 4;

int rounded(double value) { return static_cast<int>(std::lround(value)); }

} // namespace

face_sheet::face_sheet(const person& who, const scene& s)
    : colours(sheet::height, sheet::width, CV_8UC3, who.skin)
    , alpha(sheet::height, sheet::width, CV_8U, cv::Scalar(0))
    , light(sheet::height / light_step, sheet::width / light_step, CV_32F, cv::Scalar(1))
    , grain(light.size(), CV_32F, cv::Scalar(1))
    , sin_yaw_(std::sin(s.yaw * CV_PI / 180))
    , cos_yaw_(std::cos(s.yaw * CV_PI / 180))
    , sin_pitch_(std::sin(s.pitch * CV_PI / 180))
    , cos_pitch_(std::cos(s.pitch * CV_PI / 180)) {}

cv::Point face_sheet::at(double x, double y, double depth) const {
  const double turned_x = x * cos_yaw_ + depth * sin_yaw_, turned_y = y * cos_pitch_ + depth * sin_pitch_;
  return {rounded((sheet::middle_x + turned_x * sheet::unit) * (1 << shift)),
          rounded((sheet::middle_y + turned_y * sheet::unit) * (1 << shift))};
}

void face_sheet::fill(cv::Mat& where, const std::vector<cv::Point>& polygon, const cv::Scalar& colour) const {
  cv::fillPoly(where, std::vector<std::vector<cv::Point>>{polygon}, colour, cv::LINE_AA, shift);
}

void face_sheet::oval(cv::Mat& where, cv::Point middle, double rx, double ry, const cv::Scalar& colour, double from,
                      double to, int thickness) const {
  const cv::Size axes{rounded(rx * fine), rounded(ry * fine)};
  cv::ellipse(where, middle, axes, 0, from, to, colour, thickness, cv::LINE_AA, shift);
}

void face_sheet::stroke(cv::Mat& where, cv::Point from, cv::Point to, const cv::Scalar& colour, double width) const {
  cv::line(where, from, to, colour, std::max(1, rounded(width * sheet::unit)), cv::LINE_AA, shift);
}

void face_sheet::shade(cv::Point middle, double sx, double sy, double amount) {
  const double scale = sheet::unit / light_step, x = middle.x / 16.0 / light_step, y = middle.y / 16.0 / light_step;
  sx *= scale;
  sy *= scale;
  const int left = std::max(0, rounded(x - 3 * sx)), right = std::min(light.cols - 1, rounded(x + 3 * sx));
  const int top = std::max(0, rounded(y - 3 * sy)), bottom = std::min(light.rows - 1, rounded(y + 3 * sy));
  for (int j = top; j <= bottom; ++j) {
    const double row = std::exp(-0.5 * (j - y) * (j - y) / (sy * sy));
    for (int i = left; i <= right; ++i)
      light.at<float>(j, i) *= static_cast<float>(1 + amount * row * std::exp(-0.5 * (i - x) * (i - x) / (sx * sx)));
  }
}

void face_sheet::cover(const std::vector<cv::Point>& shape, double shadow, double texture) {
  cv::Mat covered(alpha.size(), CV_8U, cv::Scalar(0)), small;
  fill(covered, shape, 255);
  cv::resize(covered, small, light.size(), 0, 0, cv::INTER_AREA);
  const cv::Mat there = small > 128, even = light * shadow + (1 - shadow);
  even.copyTo(light, there);
  grain.setTo(texture, there);
}

} // namespace mdai::test
