#pragma once
#include <string_view>

#include <opencv2/core.hpp>

#include "protocol/errc.hpp"

namespace mdai::vision::detail {

/// A decoded frame: 8UC3 in OpenCV's order, or 8UC1 when it came without colours.
struct picture {
  cv::Mat pixels;
  bool has_colours() const { return pixels.channels() == 3; }
};

/// A whole JPEG or PNG with its EXIF orientation applied, its alpha dropped, 16 bits scaled to 8. The size is judged by
/// the header, before a pixel has memory. Errors: `invalid_image` (neither of the two, cut short, corrupt, CMYK),
/// `image_too_large`, `image_too_small`. Throws nothing.
result<picture> decode(std::string_view image);

/// What a picture's header says, in the order of its pixels. Errors as `decode`, as far as a header can tell.
struct picture_header {
  int width = 0, height = 0;
  bool is_jpeg = false;
};
result<picture_header> read_header(std::string_view image);
result<picture_header> read_jpeg_header(std::string_view image);
result<picture_header> read_png_header(std::string_view image);

/// A PNG without what is not pixels: comments, profiles, animations. Nothing unless every chunk lies within the file and
/// it ends as it should, and its pixels inflate to just what its header says.
result<std::string> essential_png(std::string_view image);

/// `decode` for bytes of which the format is known.
result<picture> decode_jpeg(std::string_view image);
result<picture> decode_png(std::string_view image);

/// Whether a picture of this size is one to look at: at least 64 pixels on each side, at most 4096, at most 8
/// megapixels.
result<void> check_size(long width, long height);

} // namespace mdai::vision::detail
