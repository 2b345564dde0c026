#include <cmath>

#include <opencv2/imgproc.hpp>

#include "tests/support/face_sheet.hpp"

namespace mdai::test {
namespace {

constexpr double sides[] = {-1, 1};

std::vector<cv::Point> lens(const face_sheet& sheet, double side, unsigned style) {
  std::vector<cv::Point> out;
  if (style % 3 == 2) { // round
    for (int k = 0; k < 24; ++k)
      out.push_back(sheet.at(side * 0.5 + 0.37 * std::cos(k * CV_PI / 12), 0.03 + 0.30 * std::sin(k * CV_PI / 12),
                             depth::brows + 0.08));
    return out;
  }
  for (auto [x, y] : {std::pair{-0.36, -0.23}, {0.36, -0.23}, {0.33, 0.27}, {-0.33, 0.27}})
    out.push_back(sheet.at(side * 0.5 + x, y, depth::brows + 0.08));
  return out;
}

void glasses(face_sheet& sheet, const person& who, unsigned style, bool dark) {
  const cv::Scalar frame = style % 3 == 1   ? cv::Scalar(92, 90, 96)
                           : style % 3 == 2 ? cv::Scalar(30, 45, 80)
                                            : cv::Scalar(22, 20, 20);
  const double width = style % 3 == 1 ? 0.032 : 0.062;
  for (double side : sides) {
    const auto rim = lens(sheet, side, style);
    if (dark) {
      cv::Mat tinted = sheet.colours.clone();
      sheet.fill(tinted, rim, cv::Scalar(24, 22, 22));
      cv::addWeighted(tinted, 0.88, sheet.colours, 0.12, 0, sheet.colours);
    } else { // a reflex
      const double z = depth::brows + 0.08;
      sheet.stroke(sheet.colours, sheet.at(side * 0.5 - 0.10, -0.16, z), sheet.at(side * 0.5 - 0.19, 0.08, z),
                   cv::Scalar(232, 232, 232), 0.02);
    }
    for (std::size_t k = 0; k < rim.size(); ++k)
      sheet.stroke(sheet.colours, rim[k], rim[(k + 1) % rim.size()], frame, width);
    sheet.stroke(sheet.colours, sheet.at(side * 0.86, -0.10, depth::cheeks),
                 sheet.at(side * (who.head_width - 0.03), -0.13), frame, width);
  }
  const double z = depth::brows + 0.1;
  sheet.stroke(sheet.colours, sheet.at(-0.13, -0.07, z), sheet.at(0.13, -0.07, z), frame, width);
}

void mask(face_sheet& sheet, const person& who, unsigned style) {
  const cv::Scalar cloth = style % 3 == 1   ? cv::Scalar(42, 40, 40)
                           : style % 3 == 2 ? cv::Scalar(228, 228, 226)
                                            : cv::Scalar(204, 178, 122);
  const double w = who.head_width, chin = 0.30 + who.head_height;
  const std::vector<cv::Point> shape{sheet.at(-w + 0.05, 0.34),
                                     sheet.at(-0.35, 0.36, depth::cheeks),
                                     sheet.at(0, 0.28, depth::nose),
                                     sheet.at(0.35, 0.36, depth::cheeks),
                                     sheet.at(w - 0.05, 0.34),
                                     sheet.at(w * 0.74, chin - 0.42),
                                     sheet.at(0, chin),
                                     sheet.at(-w * 0.74, chin - 0.42)};
  sheet.fill(sheet.colours, shape, cloth);
  for (int k = 0; k < 4; ++k)
    sheet.stroke(sheet.colours, sheet.at(-w * 0.7, 0.64 + 0.2 * k, depth::cheeks),
                 sheet.at(w * 0.7, 0.64 + 0.2 * k, depth::cheeks), cloth * 0.88, 0.02);
  sheet.cover(shape, 0, 0.3);
  for (double side : sides)
    sheet.shade(sheet.at(side * w * 0.85, 0.75), 0.32, 0.70, -0.25);
}

void hat(face_sheet& sheet, const person& who, unsigned style) {
  const cv::Scalar felt = style % 3 == 1   ? cv::Scalar(158, 62, 40)
                          : style % 3 == 2 ? cv::Scalar(46, 45, 158)
                                           : cv::Scalar(40, 38, 36);
  const double brim = -who.brow_height - 0.20, w = who.head_width + 0.17;
  for (auto* where : {&sheet.alpha, &sheet.colours}) {
    const bool shape = where == &sheet.alpha;
    sheet.oval(*where, sheet.at(0, brim), w, 1.45, shape ? cv::Scalar(255) : felt, 180, 360);
    sheet.fill(
        *where,
        {sheet.at(-w, brim - 0.06), sheet.at(w, brim - 0.06), sheet.at(w, brim + 0.10), sheet.at(-w, brim + 0.10)},
        shape ? cv::Scalar(255) : felt * 0.7);
  }
  sheet.cover({sheet.at(-w, brim - 1.5), sheet.at(w, brim - 1.5), sheet.at(w, brim + 0.1), sheet.at(-w, brim + 0.1)},
              0.4, 0.3);
  sheet.shade(sheet.at(0, brim + 0.2), who.head_width * 0.8, 0.11, -0.35);
}

void hand(face_sheet& sheet, const person& who, unsigned style) {
  const cv::Scalar skin = who.skin * 0.94;
  const double x = style % 3 == 1 ? -0.55 : 0.1, y = style % 3 == 0 ? who.mouth_y : style % 3 == 1 ? 0.1 : 0.62;
  auto finger = [&](int k, double width, const cv::Scalar& colour) {
    const double tip = y - 0.32 - (k == 1 || k == 2 ? 0.13 : 0);
    const auto from = sheet.at(x - 0.55 + 0.30 * k, tip), to = sheet.at(x - 0.48 + 0.27 * k, y + 0.75);
    sheet.stroke(sheet.colours, from, to, colour, width);
    sheet.stroke(sheet.alpha, from, to, 255, width);
  };
  for (int k = 0; k < 4; ++k) {
    finger(k, 0.32, skin * 0.72);
    finger(k, 0.26, skin);
  }
  for (auto* where : {&sheet.alpha, &sheet.colours})
    sheet.oval(*where, sheet.at(x, y + 0.98), 0.66, 0.62, where == &sheet.alpha ? cv::Scalar(255) : skin);
  // As wide as the hand, a little more than it covers.
  sheet.cover({sheet.at(x - 0.65, y - 0.4), sheet.at(x + 0.65, y - 0.4), sheet.at(x + 0.6, y + 1.6),
               sheet.at(x - 0.6, y + 1.6)},
              0.3, 0.5);
}

} // namespace

void draw_cover(face_sheet& sheet, const person& who, const scene& s) {
  switch (s.cover) {
  case cover::none:
    return;
  case cover::glasses:
  case cover::sunglasses:
    return glasses(sheet, who, s.style, s.cover == cover::sunglasses);
  case cover::mask:
    return mask(sheet, who, s.style);
  case cover::hat:
    return hat(sheet, who, s.style);
  case cover::hand:
    return hand(sheet, who, s.style);
  }
}

} // namespace mdai::test
