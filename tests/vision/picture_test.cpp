#include "vision/detail/picture.hpp"

#include <cstdio>
#include <memory>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>
#include <png.h>
#include <turbojpeg.h>
#include <zlib.h>

#include "tests/support/face_renderer.hpp"

namespace mdai::vision::detail {
namespace {

constexpr int columns = 96, rows = 72;

/// Red above, blue below, and one green corner: at the left, above.
cv::Mat flag() {
  cv::Mat out(rows, columns, CV_8UC3, cv::Scalar(0, 0, 220));
  out.rowRange(rows / 2, rows).setTo(cv::Scalar(220, 0, 0));
  out(cv::Rect(0, 0, 24, 24)).setTo(cv::Scalar(0, 220, 0));
  return out;
}

std::string jpeg(const cv::Mat& pixels, int format, int sampling, int flags = 0) {
  const std::unique_ptr<void, int (*)(tjhandle)> encoder(tjInitCompress(), &tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(
      tjCompress2(encoder.get(), pixels.data, pixels.cols, 0, pixels.rows, format, &bytes, &size, sampling, 92, flags),
      0);
  std::string out(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  return out;
}
std::string colour_jpeg() { return jpeg(flag(), TJPF_BGR, TJSAMP_444); }

std::string png(const void* pixels, unsigned width, unsigned height, unsigned format) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string out(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, out.data(), &size, 0, pixels, 0, nullptr), 0);
  out.resize(size);
  return out;
}

/// An APP1 segment that says how the camera was held, after the JPEG's first marker.
std::string with_orientation(const std::string& jpeg, char orientation, bool big_endian) {
  using namespace std::string_literals;
  const std::string tiff = big_endian
                               ? "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0\0\0\0\0"s
                               : "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0\0\0\0\0"s;
  const std::string body = "Exif\0\0"s + tiff;
  const auto length = body.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1"s + static_cast<char>(length >> 8) + static_cast<char>(length & 255) + body +
         jpeg.substr(2);
}

/// The colour in the middle of a corner, as a letter.
char colour_at(const cv::Mat& pixels, bool right, bool below) {
  const auto& p = pixels.at<cv::Vec3b>(below ? pixels.rows - 10 : 10, right ? pixels.cols - 10 : 10);
  return p[0] > 150 ? 'b' : p[1] > 150 ? 'g' : p[2] > 150 ? 'r' : '?';
}
/// The corners from the left above to the right below.
std::string corners(const cv::Mat& p) {
  return {colour_at(p, false, false), colour_at(p, true, false), colour_at(p, false, true), colour_at(p, true, true)};
}

/// A header of that size, and what little else a reader of headers looks at.
std::string jpeg_that_says(int width, int height) {
  auto out = colour_jpeg();
  const auto frame = out.find("\xFF\xC0");
  out[frame + 5] = static_cast<char>(height >> 8);
  out[frame + 6] = static_cast<char>(height);
  out[frame + 7] = static_cast<char>(width >> 8);
  out[frame + 8] = static_cast<char>(width);
  return out;
}

std::string png_that_says(std::uint32_t width, std::uint32_t height) {
  auto out = png(flag().data, columns, rows, PNG_FORMAT_BGR);
  for (int i = 0; i < 4; ++i) {
    out[16 + i] = static_cast<char>(width >> (24 - 8 * i));
    out[20 + i] = static_cast<char>(height >> (24 - 8 * i));
  }
  std::uint32_t crc = ~0u; // of the header, as PNG wants it
  for (int i = 12; i < 29; ++i) {
    crc ^= static_cast<std::uint8_t>(out[i]);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  for (int i = 0; i < 4; ++i)
    out[29 + i] = static_cast<char>(~crc >> (24 - 8 * i));
  return out;
}

TEST(picture, IsReadFromJpegAndFromPng) {
  for (const auto& image :
       {colour_jpeg(), jpeg(flag(), TJPF_BGR, TJSAMP_420), jpeg(flag(), TJPF_BGR, TJSAMP_420, TJFLAG_PROGRESSIVE),
        png(flag().data, columns, rows, PNG_FORMAT_BGR)}) {
    const auto read = decode(image);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->pixels.size(), cv::Size(columns, rows));
    EXPECT_EQ(corners(read->pixels), "grbb");
  }
}

TEST(picture, WithoutColoursStaysWithoutThem) {
  cv::Mat grey;
  cv::cvtColor(flag(), grey, cv::COLOR_BGR2GRAY);
  for (const auto& image : {jpeg(grey, TJPF_GRAY, TJSAMP_GRAY), png(grey.data, columns, rows, PNG_FORMAT_GRAY)}) {
    const auto read = decode(image);
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->has_colours());
    EXPECT_NEAR(read->pixels.at<uchar>(60, 60), grey.at<uchar>(60, 60), 2);
  }
}

TEST(picture, LosesItsAlphaNotItsColours) {
  cv::Mat transparent;
  cv::cvtColor(flag(), transparent, cv::COLOR_BGR2BGRA);
  cv::insertChannel(cv::Mat(rows, columns, CV_8U, cv::Scalar(3)), transparent, 3);
  const auto read = decode(png(transparent.data, columns, rows, PNG_FORMAT_BGRA));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pixels.channels(), 3);
  EXPECT_EQ(corners(read->pixels), "grbb");
  const std::vector<std::uint8_t> grey_and_alpha(columns * rows * 2, 90);
  const auto grey = decode(png(grey_and_alpha.data(), columns, rows, PNG_FORMAT_GA));
  ASSERT_TRUE(grey);
  EXPECT_EQ(grey->pixels.type(), CV_8UC1);
  EXPECT_EQ(grey->pixels.at<uchar>(5, 5), 90);
}

struct png_kind {
  unsigned width = columns, height = rows;
  int depth = 8, colours = PNG_COLOR_TYPE_GRAY, interlace = PNG_INTERLACE_NONE;
};

/// Every byte of its pixels is `level`. (libpng's simpler writer would put linear light into 16 bits.)
std::string png_of(std::uint8_t level, const png_kind& k) {
  std::string out;
  auto* writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(writer);
  png_set_write_fn(
      writer, &out,
      [](png_structp w, png_bytep bytes, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(w))->append(reinterpret_cast<char*>(bytes), size);
      },
      nullptr);
  png_set_IHDR(writer, info, k.width, k.height, k.depth, k.colours, k.interlace, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  const std::vector<png_color> palette(256, png_color{level, level, level});
  if (k.colours == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE(writer, info, palette.data(), 1 << k.depth);
  png_write_info(writer, info);
  const std::vector<png_byte> row(k.width * 8, level);
  for (int passes = png_set_interlace_handling(writer); passes > 0; --passes)
    for (unsigned y = 0; y < k.height; ++y)
      png_write_row(writer, row.data());
  png_write_end(writer, nullptr);
  png_destroy_write_struct(&writer, &info);
  return out;
}

TEST(picture, Of16BitsIsScaledTo8) {
  for (int level : {20, 128, 240}) {
    const auto read = decode(png_of(static_cast<std::uint8_t>(level), {.depth = 16}));
    ASSERT_TRUE(read);
    EXPECT_NEAR(read->pixels.at<uchar>(10, 10), level, 1);
  }
}

TEST(picture, IsTurnedAsItsCameraWasHeld) {
  const char* expected[] = {"grbb", "rgbb", "bbrg", "bbgr", "gbrb", "bgbr", "brbg", "rbgb"};
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (bool big_endian : {false, true}) {
      const auto read = decode(with_orientation(colour_jpeg(), static_cast<char>(orientation), big_endian));
      ASSERT_TRUE(read) << orientation;
      EXPECT_EQ(corners(read->pixels), expected[orientation - 1]) << orientation;
      EXPECT_EQ(read->pixels.cols, orientation >= 5 ? rows : columns);
    }
  EXPECT_EQ(corners(decode(with_orientation(colour_jpeg(), 77, true))->pixels), "grbb") << "no such orientation";
}

TEST(picture, MayBeAnyKindOfPng) {
  for (const auto& [width, height] : {std::pair{96u, 72u}, {67u, 65u}, {64u, 71u}})
    for (int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7})
      for (const auto& [colours, depths] : {std::pair{PNG_COLOR_TYPE_GRAY, std::vector{1, 2, 4, 8, 16}},
                                            {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
                                            {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
                                            {PNG_COLOR_TYPE_RGB, {8, 16}},
                                            {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}})
        for (int depth : depths) {
          const auto read = decode(png_of(0xFF, {width, height, depth, colours, interlace}));
          ASSERT_TRUE(read) << colours << ' ' << depth << ' ' << interlace;
          EXPECT_EQ(cv::mean(read->pixels)[0], 255) << colours << ' ' << depth;
        }
}

/// The image with a chunk of that kind behind its header.
std::string with_chunk(const std::string& image, std::string_view type, const std::string& data, std::uint32_t claims) {
  constexpr std::size_t behind_header = 33;
  auto number = [](std::uint32_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                       static_cast<char>(n)};
  };
  const auto body = std::string{type} + data;
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return image.substr(0, behind_header) + number(claims) + body + number(static_cast<std::uint32_t>(sum)) +
         image.substr(behind_header);
}

std::string deflated(const std::string& bytes) {
  auto size = compressBound(bytes.size());
  std::string out(size, '\0');
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
      Z_OK);
  out.resize(size);
  return out;
}

TEST(picture, ThatIsAPngIsReadWithoutItsComments) {
  const auto good = png(flag().data, columns, rows, PNG_FORMAT_BGR);
  const auto bomb = std::string{"k\0\0", 3} + deflated(std::string(8 << 20, 'x'));
  const auto commented =
      with_chunk(with_chunk(good, "tEXt", "a note", 6), "zTXt", bomb, static_cast<std::uint32_t>(bomb.size()));
  EXPECT_EQ(corners(decode(commented)->pixels), "grbb");
  EXPECT_EQ(*essential_png(commented), *essential_png(good)) << "libpng never sees the bomb";
}

TEST(picture, ThatIsAPngSaysHowLongItsPartsAre) {
  const auto good = png(flag().data, columns, rows, PNG_FORMAT_BGR);
  const auto pixels = good.find("IDAT");
  const auto more = good.substr(0, pixels - 4);
  for (const auto& [what, image] : std::initializer_list<std::pair<const char*, std::string>>{
           {"a chunk of 2 GiB", with_chunk(good, "tEXt", "x", 0x7FFFFFFF)},
           {"a chunk that is longer than the file",
            with_chunk(good, "sPLT", "x", static_cast<std::uint32_t>(good.size()))},
           {"no end", good.substr(0, good.size() - 12)},
           {
               "an end without its checksum",
               good.substr(0, good.size() - 4) + "....",
           },
           {"pixels for a larger picture", png_that_says(columns, rows / 2 + 28)},
           {"no pixels", more + good.substr(good.size() - 12)}})
    EXPECT_EQ(essential_png(image).error(), errc::invalid_image) << what;
}

/// A comment behind a JPEG's first marker.
std::string with_comment(const std::string& image, const std::string& text) {
  const auto length = text.size() + 2;
  return image.substr(0, 2) + "\xFF\xFE" + static_cast<char>(length >> 8) + static_cast<char>(length) + text +
         image.substr(2);
}

TEST(picture, ThatIsAJpegIsCodedAsCamerasDo) {
  auto arithmetic = colour_jpeg();
  arithmetic[arithmetic.find("\xFF\xC0") + 1] = '\xC9';
  EXPECT_EQ(decode(arithmetic).error(), errc::invalid_image);
  EXPECT_EQ(read_header(arithmetic).error(), errc::invalid_image);
  // A marker without a length must not hide what follows it.
  for (const char alone : {'\x01', '\xD0', '\xD7'})
    EXPECT_EQ(decode(arithmetic.substr(0, 2) + '\xFF' + alone + arithmetic.substr(2)).error(), errc::invalid_image);
  // As many scans as this would be gone through pixel by pixel; here they are only a comment.
  std::string scans;
  for (int i = 0; i < 30'000; ++i)
    scans += "\xFF\xDA";
  EXPECT_TRUE(decode(with_comment(colour_jpeg(), scans.substr(0, 2'000))));
  EXPECT_EQ(decode(with_comment(colour_jpeg(), scans)).error(), errc::invalid_image);
}

struct bad_case {
  const char* what;
  std::string image;
  errc expected;
};

TEST(picture, IsRefusedWhenItIsNotAWholeOne) {
  const auto good = colour_jpeg(), good_png = png(flag().data, columns, rows, PNG_FORMAT_BGR);
  auto corrupt = test::jpeg_of({});
  for (std::size_t i = corrupt.size() / 2; i < corrupt.size() / 2 + 40; ++i)
    corrupt[i] = static_cast<char>(corrupt[i] ^ 0x5A);
  auto corrupt_png = good_png;
  corrupt_png[good_png.size() / 2] = static_cast<char>(corrupt_png[good_png.size() / 2] ^ 0x10);
  cv::Mat cmyk(rows, columns, CV_8UC4, cv::Scalar(10, 20, 30, 40));
  for (const auto& c : std::initializer_list<bad_case>{
           {"empty", "", errc::invalid_image},
           {"text", "GET / HTTP/1.1", errc::invalid_image},
           {"a GIF", "GIF89a.....", errc::invalid_image},
           {"a marker alone", "\xFF\xD8\xFF", errc::invalid_image},
           {"a signature alone", good_png.substr(0, 8), errc::invalid_image},
           {"half a JPEG", good.substr(0, good.size() / 2), errc::invalid_image},
           {"a JPEG without its end", good.substr(0, good.size() - 40), errc::invalid_image},
           {"a JPEG with bad data", corrupt, errc::invalid_image},
           {"a PNG with bad data", corrupt_png, errc::invalid_image},
           {"half a PNG", good_png.substr(0, good_png.size() / 2), errc::invalid_image},
           {"a CMYK JPEG", jpeg(cmyk, TJPF_CMYK, TJSAMP_444), errc::invalid_image},
           {"a JPEG that says 4097 wide", jpeg_that_says(4097, 100), errc::image_too_large},
           {"a JPEG that says 65000 high", jpeg_that_says(100, 65000), errc::image_too_large},
           {"a JPEG that says 8.4 megapixels", jpeg_that_says(3000, 2800), errc::image_too_large},
           {"a PNG that says 20000 x 20000", png_that_says(20000, 20000), errc::image_too_large},
           {"a PNG that says 8.4 megapixels", png_that_says(3000, 2800), errc::image_too_large},
           {"a JPEG that says 63 high", jpeg_that_says(96, 63), errc::image_too_small},
           {"a PNG that says 63 wide", png_that_says(63, 96), errc::image_too_small},
           {"a JPEG whose header lies", jpeg_that_says(columns, rows * 2), errc::invalid_image}}) {
    const auto read = decode(c.image);
    ASSERT_FALSE(read) << c.what;
    EXPECT_EQ(read.error(), c.expected) << c.what;
  }
}

TEST(picture, SurvivesEveryWayOfBeingCutShort) {
  auto image = with_orientation(colour_jpeg(), 6, false);
  for (std::size_t size = 0; size < image.size(); ++size)
    EXPECT_FALSE(decode(std::string_view(image).substr(0, size))) << size;
}

TEST(picture, IsDecodedUpToItsLargestSize) {
  EXPECT_TRUE(check_size(4096, 1953));
  EXPECT_TRUE(check_size(64, 64));
  EXPECT_FALSE(check_size(4096, 1954));
  cv::Mat wide(64, 4096, CV_8UC3, cv::Scalar(1, 2, 3));
  EXPECT_TRUE(decode(jpeg(wide, TJPF_BGR, TJSAMP_420)));
}

} // namespace
} // namespace mdai::vision::detail
