#include "protocol/qr.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>
#include <png.h>
#include <zbar.h>

#include "tests/protocol/vectors.hpp"

/// Pictures are judged by reading them back with zbar, which shares no code with libqrencode.
namespace mdai {
namespace {

struct picture {
  unsigned side = 0;
  std::vector<unsigned char> grey; ///< 0 black, 255 white

  unsigned char at(unsigned x, unsigned y) const { return grey[y * side + x]; }
};

picture from_png(const std::string& png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&image, png.data(), png.size()));
  EXPECT_EQ(image.width, image.height);
  image.format = PNG_FORMAT_GRAY;
  picture p{image.width, std::vector<unsigned char>(PNG_IMAGE_SIZE(image))};
  EXPECT_TRUE(png_image_finish_read(&image, nullptr, p.grey.data(), 0, nullptr));
  return p;
}

/// Paints the rectangles of our SVG path, `M<x> <y>h<n>v1h-<n>z` each.
picture from_svg(const std::string& svg, unsigned module_pixels) {
  unsigned modules = 0;
  EXPECT_EQ(std::sscanf(svg.c_str() + svg.find("viewBox"), "viewBox=\"0 0 %u ", &modules), 1);
  picture p{modules * module_pixels,
            std::vector<unsigned char>(modules * module_pixels * modules * module_pixels, 255)};
  auto at = svg.find("<path d=\"");
  EXPECT_NE(at, std::string::npos);
  at += 9;
  unsigned x = 0, y = 0, width = 0, back = 0;
  int length = 0;
  for (; std::sscanf(svg.c_str() + at, "M%u %uh%uv1h-%uz%n", &x, &y, &width, &back, &length) == 4; at += length) {
    EXPECT_EQ(width, back);
    for (unsigned row = y * module_pixels; row < (y + 1) * module_pixels; ++row)
      std::fill_n(p.grey.begin() + row * p.side + x * module_pixels, width * module_pixels, 0);
  }
  EXPECT_EQ(svg.substr(at), "\"/></svg>");
  return p;
}

std::string read_code(const picture& p) {
  zbar::ImageScanner scanner;
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  zbar::Image image(p.side, p.side, "Y800", p.grey.data(), p.grey.size());
  if (scanner.scan(image) != 1)
    return "(no code found)";
  return image.symbol_begin()->get_data();
}

std::vector<std::string> texts() {
  return {"x", "https://example.org/?q=1", "0123456789", std::string(500, 'Q'),
          vectors()["qr_aes256cbc"]["qr_encrypted"].get<std::string>()};
}

TEST(qr_png, ReadsBackAsItsText) {
  for (const auto& text : texts())
    EXPECT_EQ(read_code(from_png(qr_png(text).value())), text);
}

TEST(qr_svg, ReadsBackAsItsText) {
  for (const auto& text : texts())
    EXPECT_EQ(read_code(from_svg(qr_svg(text).value(), 6)), text);
}

TEST(qr_svg, ShowsTheSameModulesAsThePng) {
  for (const auto& text : texts()) {
    auto svg = from_svg(qr_svg(text).value(), 1), png = from_png(qr_png(text, 1).value());
    EXPECT_EQ(svg.side, png.side);
    EXPECT_EQ(svg.grey, png.grey);
  }
}

TEST(qr_png, HasAQuietZoneOfFourWhiteModules) {
  auto p = from_png(qr_png("x", 1).value());
  ASSERT_EQ(p.side, 21u + 8u);
  for (unsigned i = 0; i < p.side; ++i)
    for (unsigned depth = 0; depth < 4; ++depth)
      for (auto pixel : {p.at(i, depth), p.at(depth, i), p.at(i, p.side - 1 - depth), p.at(p.side - 1 - depth, i)})
        ASSERT_EQ(pixel, 255);
  EXPECT_EQ(p.at(4, 4), 0) << "the corner of the first finder pattern";
}

TEST(qr_png, IsAsLargeAsItsModules) {
  for (unsigned module_pixels : {1u, 2u, 6u, 32u})
    EXPECT_EQ(from_png(qr_png("x", module_pixels).value()).side, 29 * module_pixels);
}

TEST(qr_png, TakesOneBitPerPixel) {
  auto png = qr_png("x").value();
  EXPECT_EQ(png[24], 1) << "the bit depth in IHDR";
}

TEST(qr_picture, UsesMediumErrorCorrection) {
  // Version 1 holds 14 bytes at level M (17 at L, 11 at Q; ISO/IEC 18004 table 7).
  EXPECT_EQ(from_png(qr_png(std::string(14, 'a'), 1).value()).side, 21u + 8u);
  EXPECT_EQ(from_png(qr_png(std::string(15, 'a'), 1).value()).side, 25u + 8u);
}

TEST(qr_picture, HoldsAtMost2331Bytes) {
  std::string longest(2331, 'a');
  EXPECT_TRUE(qr_svg(longest));
  EXPECT_TRUE(qr_png(longest, 1));
  for (const auto& text : {std::string{}, longest + 'a', std::string(1 << 20, 'a')}) {
    EXPECT_EQ(qr_svg(text).error(), errc::invalid_value);
    EXPECT_EQ(qr_png(text).error(), errc::invalid_value);
  }
}

TEST(qr_png, RefusesModulesOfNoSizeOrHugeSize) {
  for (unsigned module_pixels : {0u, 33u, 4'000'000'000u})
    EXPECT_EQ(qr_png("x", module_pixels).error(), errc::invalid_value);
}

} // namespace
} // namespace mdai
