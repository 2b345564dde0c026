#pragma once
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/face_person.hpp"
#include "tests/support/face_renderer.hpp"

namespace mdai::test {

/// A head as it is being drawn: colours, where there is head at all, and how much light falls where.
class face_sheet {
public:
  face_sheet(const person& who, const scene& s);

  cv::Mat colours; ///< 8UC3
  cv::Mat alpha;   ///< 8U
  cv::Mat light;   ///< 32F, a factor, at a quarter of the size
  cv::Mat grain;   ///< 32F: how much of the skin's texture shows; at a quarter of the size

  /// Where a point lies on the sheet, in sixteenths of a pixel, when the head is turned. `depth` is how far it lies
  /// before the middle of the head.
  cv::Point at(double x, double y, double depth = 0) const;
  void fill(cv::Mat& where, const std::vector<cv::Point>& polygon, const cv::Scalar& colour) const;
  void oval(cv::Mat& where, cv::Point middle, double rx, double ry, const cv::Scalar& colour, double from = 0,
            double to = 360, int thickness = cv::FILLED) const;
  void stroke(cv::Mat& where, cv::Point from, cv::Point to, const cv::Scalar& colour, double width) const;
  /// Makes it darker (amount < 0) or lighter around a point; sx and sy are standard deviations.
  void shade(cv::Point middle, double sx, double sy, double amount);

  /// Something lies before the face: so much of the face's shadows falls on it, and of the skin's texture shows.
  void cover(const std::vector<cv::Point>& shape, double shadow, double texture);

private:
  double sin_yaw_, cos_yaw_, sin_pitch_, cos_pitch_;
};

/// How deep the parts of a face lie.
namespace depth {
constexpr double eyes = 0.70, brows = 0.76, nose = 1.10, mouth = 0.80, cheeks = 0.65;
} // namespace depth

/// The person's head, without a cover.
void draw_head(face_sheet& sheet, const person& who, const scene& s);
void draw_cover(face_sheet& sheet, const person& who, const scene& s);

} // namespace mdai::test
