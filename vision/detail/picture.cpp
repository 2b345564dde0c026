#include "vision/detail/picture.hpp"

#include <algorithm>
#include <new>

namespace mdai::vision::detail {
namespace {

constexpr std::string_view jpeg_start = "\xFF\xD8\xFF";
constexpr std::string_view png_start{"\x89PNG\r\n\x1A\n", 8};

} // namespace

result<void> check_size(long width, long height) {
  constexpr long shortest_side = 64, longest_side = 4096, most_pixels = 8'000'000;
  if (width <= 0 || height <= 0)
    return errc::invalid_image;
  if (std::max(width, height) > longest_side || width * height > most_pixels)
    return errc::image_too_large;
  if (std::min(width, height) < shortest_side)
    return errc::image_too_small;
  return {};
}

result<picture_header> read_header(std::string_view image) {
  if (image.starts_with(jpeg_start))
    return read_jpeg_header(image);
  if (image.starts_with(png_start))
    return read_png_header(image);
  return errc::invalid_image;
}

result<picture> decode(std::string_view image) {
  try {
    if (image.starts_with(jpeg_start))
      return decode_jpeg(image);
    if (image.starts_with(png_start))
      return decode_png(image);
  } catch (const std::exception&) { // OpenCV's and the allocator's
  }
  return errc::invalid_image;
}

} // namespace mdai::vision::detail
