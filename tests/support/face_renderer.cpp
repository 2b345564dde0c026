#include "tests/support/face_renderer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include <opencv2/imgproc.hpp>
#include <turbojpeg.h>

#include "tests/support/face_sheet.hpp"

namespace mdai::test {
namespace {

/// A wall, lighter to one side.
cv::Mat background(const scene& s) {
  cv::RNG random(s.wall * 2654435761ull + 17);
  const double level = random.uniform(90.0, 170.0), across = random.uniform(-0.06, 0.06),
               down = random.uniform(-0.06, 0.06);
  cv::Mat wall(s.height, s.width, CV_8UC3);
  for (int y = 0; y < wall.rows; ++y)
    for (int x = 0; x < wall.cols; ++x) {
      const double value = level + across * x + down * y;
      wall.at<cv::Vec3b>(y, x) = cv::Vec3b(cv::saturate_cast<uchar>(value), cv::saturate_cast<uchar>(value * 0.98),
                                           cv::saturate_cast<uchar>(value * 0.95));
    }
  return wall;
}

/// Colours under their light, with the skin's texture.
cv::Mat lit(const face_sheet& sheet, const person& who, const scene& s) {
  cv::Mat light, grain, out(sheet.colours.size(), CV_8UC3);
  cv::resize(sheet.grain, grain, sheet.colours.size(), 0, 0, cv::INTER_LINEAR);
  cv::resize(sheet.light, light, sheet.colours.size(), 0, 0, cv::INTER_LINEAR);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const float across = static_cast<float>(x - sheet::middle_x) / static_cast<float>(sheet::unit);
      const float factor = light.at<float>(y, x) * (1 + 0.35f * s.side_light * std::clamp(across, -1.2f, 1.2f));
      const auto& in = sheet.colours.at<cv::Vec3b>(y, x);
      const float texture = who.texture.at<float>(y, x) * grain.at<float>(y, x);
      for (int c = 0; c < 3; ++c)
        out.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(in[c] * factor + texture);
    }
  return out;
}

/// From the sheet into the picture.
cv::Mat placing(const scene& s) {
  const double scale = s.size * std::min(s.width, s.height) / (2.26 * sheet::unit), angle = s.roll * CV_PI / 180;
  const double c = std::cos(angle) * scale, n = std::sin(angle) * scale;
  return (cv::Mat_<double>(2, 3) << c, -n, s.x * s.width - (c * sheet::middle_x - n * sheet::middle_y), n, c,
          s.y * s.height - (n * sheet::middle_x + c * sheet::middle_y));
}

void put_person(cv::Mat& picture, const scene& s) {
  const auto& who = person_of(s.identity);
  face_sheet sheet(who, s);
  draw_head(sheet, who, s);
  draw_cover(sheet, who, s);
  cv::Mat head = lit(sheet, who, s), edge, there, is;
  cv::GaussianBlur(head, head, {}, 0.9);
  cv::GaussianBlur(sheet.alpha, edge, {}, 1.2);
  const auto place = placing(s);
  cv::warpAffine(head, there, place, picture.size(), cv::INTER_LINEAR);
  cv::warpAffine(edge, is, place, picture.size(), cv::INTER_LINEAR);
  for (int y = 0; y < picture.rows; ++y)
    for (int x = 0; x < picture.cols; ++x)
      if (const int a = is.at<uchar>(y, x); a > 0) {
        auto& out = picture.at<cv::Vec3b>(y, x);
        for (int c = 0; c < 3; ++c)
          out[c] = static_cast<uchar>((there.at<cv::Vec3b>(y, x)[c] * a + out[c] * (255 - a)) / 255);
      }
}

/// A camera: exposure, focus, and the noise of its sensor, drawn from a pool that is made once.
void expose(cv::Mat& picture, const scene& s) {
  if (s.light != 1)
    picture.convertTo(picture, -1, s.light);
  if (s.blur > 0)
    cv::GaussianBlur(picture, picture, {}, s.blur);
  if (s.noise <= 0)
    return;
  static const cv::Mat pool = [] {
    cv::Mat noise(1, 1 << 18, CV_32F);
    cv::RNG(4711).fill(noise, cv::RNG::NORMAL, 0, 1);
    return noise;
  }();
  cv::RNG random(s.seed * 77 + 13);
  for (int y = 0; y < picture.rows; ++y) {
    const int values = picture.cols * 3;
    const float* noise = pool.ptr<float>() + random.uniform(0, pool.cols - values);
    auto* row = picture.ptr<uchar>(y);
    for (int i = 0; i < values; ++i)
      row[i] = cv::saturate_cast<uchar>(static_cast<float>(row[i]) + noise[i] * s.noise);
  }
}

raster as_raster(const cv::Mat& picture) {
  return {picture.cols, picture.rows, {picture.data, picture.data + picture.total() * 3}};
}

} // namespace

raster render(const scene& s) {
  auto picture = background(s);
  put_person(picture, s);
  expose(picture, s);
  return as_raster(picture);
}

raster render(const scene& first, const scene& second) {
  auto picture = background(first);
  put_person(picture, first);
  put_person(picture, second);
  expose(picture, first);
  return as_raster(picture);
}

namespace {

std::string encoded(const raster& picture, int sampling, int quality) {
  const std::unique_ptr<void, int (*)(tjhandle)> encoder(tjInitCompress(), &tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  if (tjCompress2(encoder.get(), picture.bgr.data(), picture.width, 0, picture.height, TJPF_BGR, &bytes, &size,
                  sampling, quality, 0) != 0)
    std::abort();
  std::string out(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  return out;
}

} // namespace

std::string to_jpeg(const raster& picture, int quality) { return encoded(picture, TJSAMP_420, quality); }
std::string to_grey_jpeg(const raster& picture, int quality) { return encoded(picture, TJSAMP_GRAY, quality); }

scene ordinary_scene(unsigned identity, unsigned seed) {
  cv::RNG random(seed * 0x9E3779B97F4A7C15ull + identity * 0xD1B54A32D192ED03ull);
  random.next();
  auto around = [&](double middle, double half) { return static_cast<float>(middle + random.uniform(-half, half)); };
  scene s{.identity = identity};
  s.x = around(0.5, 0.08);
  s.y = around(0.45, 0.05);
  s.size = around(0.37, 0.07);
  s.roll = around(0, 4);
  s.yaw = around(0, 6);
  s.pitch = around(0, 4);
  s.smile = around(0, 0.6);
  s.light = around(1, 0.25);
  s.side_light = around(0, 0.5);
  s.noise = around(3.5, 1.5);
  s.blur = around(0.4, 0.4);
  s.wall = static_cast<unsigned>(random.next() % 1000);
  s.seed = static_cast<unsigned>(random.next() % 100000);
  return s;
}

scene moment_of(const performance& who, int frame) {
  scene s{.identity = who.identity, .cover = who.cover, .style = who.style};
  s.wall = who.seed;
  s.seed = who.seed * 1000 + static_cast<unsigned>(frame);
  const double time = frame / 10.0, phase = who.seed * 0.7;
  s.x += static_cast<float>(who.sway * std::sin(1.7 * time + phase));
  s.y += static_cast<float>(who.sway * std::sin(1.1 * time + 2 * phase));
  s.roll = static_cast<float>(1.2 * std::sin(0.6 * time + phase));
  for (int blink : who.blinks)
    if (const int off = std::abs(frame - blink); off <= 1)
      s.eyes_open = std::min(s.eyes_open, off == 0 ? 0.0f : 0.25f);
  for (int turn : who.turns)
    if (const int into = frame - turn; into >= 0 && into < 10) {
      const auto aside = static_cast<float>(std::sin(into * CV_PI / 10));
      s.x += 0.06f * aside;
      s.yaw += 9 * aside;
    }
  return s;
}

} // namespace mdai::test
