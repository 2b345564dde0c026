#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "tests/support/face_sheet.hpp"

namespace mdai::test {
namespace {

constexpr double head_y = 0.30; ///< the middle of the head lies below the eyes
constexpr double sides[] = {-1, 1};

cv::Scalar tinted(const cv::Scalar& colour, double b, double g, double r) {
  return {colour[0] * b, colour[1] * g, colour[2] * r};
}

std::vector<cv::Point> outline(const face_sheet& sheet, const person& who, double grow) {
  std::vector<cv::Point> out;
  for (int k = 0; k < 60; ++k) {
    const double angle = k * CV_PI / 30, c = std::cos(angle), s = std::sin(angle);
    const double squareness = s > 0 ? 1 - who.jaw : 1;
    out.push_back(sheet.at(std::copysign(std::pow(std::abs(c), squareness), c) * (who.head_width + grow),
                           head_y + s * (who.head_height + grow)));
  }
  return out;
}

void body(face_sheet& sheet, const person& who) {
  const auto shoulders = sheet.at(0, 3.55);
  sheet.oval(sheet.alpha, shoulders, 2.1, 1.25, 255, 180, 360);
  sheet.oval(sheet.colours, shoulders, 2.1, 1.25, who.clothes, 180, 360);
  const std::vector<cv::Point> neck{sheet.at(-0.5, 1.0), sheet.at(0.5, 1.0), sheet.at(0.55, 2.6), sheet.at(-0.55, 2.6)};
  sheet.fill(sheet.alpha, neck, 255);
  sheet.fill(sheet.colours, neck, tinted(who.skin, 0.9, 0.9, 0.9));
}

void hair_and_head(face_sheet& sheet, const person& who) {
  const auto top = sheet.at(0, head_y - 0.28 * who.head_height);
  const double rx = who.head_width + 0.07 + 0.6 * who.side_hair, ry = 0.8 * who.head_height;
  for (auto* where : {&sheet.alpha, &sheet.colours}) {
    const auto colour = where == &sheet.alpha ? cv::Scalar(255) : who.hair;
    sheet.oval(*where, top, rx, ry, colour, 180, 360);
    for (double side : sides) {
      const double outer = side * rx, inner = side * (who.head_width - 0.12), from = head_y - 0.30 * who.head_height;
      sheet.fill(*where,
                 {sheet.at(inner, from), sheet.at(outer, from), sheet.at(outer, from + 0.45 + 1.5 * who.side_hair),
                  sheet.at(inner, from + 0.5 + 1.5 * who.side_hair)},
                 colour);
    }
  }
  sheet.fill(sheet.alpha, outline(sheet, who, 0), 255);
  for (double side : sides) {
    sheet.oval(sheet.alpha, sheet.at(side * who.head_width, 0.24), 0.11, 0.27, 255);
    sheet.oval(sheet.colours, sheet.at(side * who.head_width, 0.24), 0.11, 0.27, tinted(who.skin, 0.9, 0.9, 0.92));
  }
  // The face itself: below the hairline, within the head.
  const auto forehead = sheet.at(0, head_y - 0.05, 0.25);
  sheet.oval(sheet.colours, forehead, who.head_width - 0.07, head_y + who.hairline, who.skin, 180, 360);
  auto lower = outline(sheet, who, -0.01);
  lower.resize(31); // its lower half
  sheet.fill(sheet.colours, lower, who.skin);
}

void shades(face_sheet& sheet, const person& who) {
  for (double side : sides) {
    sheet.shade(sheet.at(side * who.head_width * 1.05, head_y), 0.40, 1.35, -0.42);
    const auto eye = sheet.at(side * 0.5, 0, depth::eyes);
    sheet.shade(eye - cv::Point(0, 58), 0.27, 0.16, -0.30);
    sheet.shade(sheet.at(side * 0.36, -0.03, depth::eyes), 0.13, 0.16, -0.18);
    sheet.shade(sheet.at(side * 0.53, 0.56, depth::cheeks), 0.27, 0.22, who.cheeks + 0.06);
    sheet.shade(sheet.at(side * who.nose_width, who.nose_length - 0.03, depth::nose), 0.07, 0.13, -0.28);
    sheet.shade(sheet.at(side * who.bridge, who.nose_length * 0.4, depth::cheeks), 0.06, 0.27, -0.12);
  }
  sheet.shade(sheet.at(0, -0.55, depth::cheeks), 0.71, 0.40, 0.10);
  sheet.shade(sheet.at(0, head_y + who.head_height * 1.05), 0.87, 0.29, -0.42);
  sheet.shade(sheet.at(0, who.nose_length * 0.45, depth::nose * 0.85), 0.06, 0.30, 0.16);
  sheet.shade(sheet.at(0, who.nose_length - 0.05, depth::nose), 0.10, 0.10, 0.15);
  sheet.shade(sheet.at(0, who.nose_length + 0.08, depth::nose * 0.9), who.nose_width, 0.056, -0.42);
  sheet.shade(sheet.at(0, who.mouth_y + 0.2, depth::mouth), who.mouth_width * 0.8, 0.07, -0.18);
  sheet.shade(sheet.at(0, who.mouth_y + 0.48, depth::mouth), 0.32, 0.17, 0.06);
  if (who.beard > 0) {
    sheet.shade(sheet.at(0, who.mouth_y + 0.36, depth::mouth), who.mouth_width * 1.6, 0.33, -who.beard);
    sheet.shade(sheet.at(0, who.nose_length + 0.17, depth::mouth), who.mouth_width, 0.08, -who.beard);
  }
}

void brow(face_sheet& sheet, const person& who, double side) {
  constexpr int pieces = 10;
  auto point = [&](int k) {
    const double t = k * 2.0 / pieces - 1;
    return sheet.at(side * 0.5 + t * (who.eye_width + 0.09),
                    -who.brow_height - who.brow_arch * (1 - t * t) + side * t * who.brow_tilt, depth::brows);
  };
  for (int k = 0; k < pieces; ++k)
    sheet.stroke(sheet.colours, point(k), point(k + 1), who.hair * 0.8,
                 who.brow_thickness * (1 - 0.08 * std::abs(k - 4.5)));
}

void eyeball(face_sheet& sheet, const person& who, cv::Point eye, double height) {
  cv::Mat opening(sheet.alpha.size(), CV_8U, cv::Scalar(0));
  sheet.oval(opening, eye, who.eye_width, std::max(0.01, height), 255);
  cv::Mat ball(sheet.colours.size(), CV_8UC3, cv::Scalar(214, 219, 222));
  sheet.oval(ball, eye, who.eye_height * 0.95, who.eye_height * 0.95, cv::Scalar(0.9, 0.7, 0.5) * who.iris);
  sheet.oval(ball, eye, who.eye_height * 0.5, who.eye_height * 0.5, cv::Scalar(12, 10, 10));
  sheet.oval(ball, eye + cv::Point(37, -50), 0.018, 0.018, cv::Scalar(250, 250, 250));
  ball.copyTo(sheet.colours, opening);
}

void eye(face_sheet& sheet, const person& who, double side, double open) {
  const auto middle = sheet.at(side * 0.5, 0, depth::eyes);
  const auto lash = tinted(who.skin, 0.25, 0.22, 0.25), fold = tinted(who.skin, 0.65, 0.62, 0.66);
  const double height = who.eye_height * open;
  const bool seen = open > 0.08;
  if (seen)
    eyeball(sheet, who, middle, height);
  // The upper lid comes down to where the lower one is.
  sheet.oval(sheet.colours, middle + cv::Point(0, static_cast<int>((1 - open) * 38)), who.eye_width,
             seen ? std::max(0.01, height) : 0.03, lash, seen ? 180 : 0, seen ? 360 : 180, 3);
  if (open > 0.3)
    sheet.oval(sheet.colours, middle, who.eye_width + 0.024, height + 0.064, fold, 200, 340, 2);
  sheet.oval(sheet.colours, middle + cv::Point(0, 20), who.eye_width + 0.016, who.eye_height + 0.055,
             tinted(who.skin, 0.82, 0.80, 0.84), 30, 150, 2);
}

void nose_and_mouth(face_sheet& sheet, const person& who, double smile) {
  for (double side : sides)
    sheet.oval(sheet.colours, sheet.at(side * who.nose_width * 0.5, who.nose_length + 0.03, depth::nose * 0.95), 0.048,
               0.032, tinted(who.skin, 0.35, 0.30, 0.35));
  const auto lips = sheet.at(0, who.mouth_y, depth::mouth);
  sheet.oval(sheet.colours, lips, who.mouth_width, who.mouth_thickness, tinted(who.skin, 0.72, 0.58, 0.86));
  constexpr int pieces = 12;
  auto point = [&](int k) {
    const double t = k * 2.0 / pieces - 1;
    return sheet.at(t * who.mouth_width, who.mouth_y + smile * 0.11 * (0.5 - t * t), depth::mouth);
  };
  for (int k = 0; k < pieces; ++k)
    sheet.stroke(sheet.colours, point(k), point(k + 1), tinted(who.skin, 0.30, 0.22, 0.35), 0.032);
}

} // namespace

void draw_head(face_sheet& sheet, const person& who, const scene& s) {
  body(sheet, who);
  hair_and_head(sheet, who);
  shades(sheet, who);
  for (double side : sides) {
    brow(sheet, who, side);
    eye(sheet, who, side, std::clamp(s.eyes_open, 0.0f, 1.0f));
  }
  nose_and_mouth(sheet, who, s.smile);
}

} // namespace mdai::test
