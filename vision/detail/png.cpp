#include <opencv2/imgproc.hpp>
#include <png.h>

#include "vision/detail/picture.hpp"

namespace mdai::vision::detail {

namespace {

// libpng's simplified interface: it answers errors, where the older one jumps out of our frames.
struct png_reader : png_image {
  png_reader()
      : png_image{} {
    version = PNG_IMAGE_VERSION;
  }
  png_reader(const png_reader&) = delete;
  ~png_reader() { png_image_free(this); }
};

} // namespace

result<picture> decode_png(std::string_view image) {
  const auto essential = essential_png(image);
  if (!essential)
    return essential.error();
  png_reader reader;
  if (!png_image_begin_read_from_memory(&reader, essential->data(), essential->size()))
    return errc::invalid_image;
  const bool colours = reader.format & PNG_FORMAT_FLAG_COLOR, alpha = reader.format & PNG_FORMAT_FLAG_ALPHA;
  reader.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; // as cameras and browsers write them
  // With its alpha where it has one: without, libpng would blend the picture into a background.
  reader.format = (colours ? PNG_FORMAT_BGR : PNG_FORMAT_GRAY) | (alpha ? PNG_FORMAT_FLAG_ALPHA : 0u);
  cv::Mat pixels(static_cast<int>(reader.height), static_cast<int>(reader.width),
                 CV_8UC(static_cast<int>(PNG_IMAGE_SAMPLE_CHANNELS(reader.format))));
  if (!png_image_finish_read(&reader, nullptr, pixels.data, 0, nullptr))
    return errc::invalid_image;
  if (alpha && colours)
    cv::cvtColor(pixels, pixels, cv::COLOR_BGRA2BGR);
  else if (alpha)
    cv::extractChannel(pixels, pixels, 0);
  return picture{pixels};
}

} // namespace mdai::vision::detail
