#include <memory>

#include <turbojpeg.h>

#include "vision/detail/exif.hpp"
#include "vision/detail/picture.hpp"

namespace mdai::vision::detail {

namespace {

struct destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using decoder_handle = std::unique_ptr<void, destroy>;

struct jpeg_header {
  int width = 0, height = 0;
  bool grey = false;
};

result<jpeg_header> read_header(const decoder_handle& decoder, std::string_view image) {
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (!decoder ||
      tjDecompressHeader3(decoder.get(), reinterpret_cast<const unsigned char*>(image.data()), image.size(), &width,
                          &height, &subsampling, &colours) != 0 ||
      colours == TJCS_CMYK || colours == TJCS_YCCK)
    return errc::invalid_image;
  if (auto good = check_size(width, height); !good)
    return good.error();
  return jpeg_header{width, height, colours == TJCS_GRAY};
}

} // namespace

result<picture_header> read_jpeg_header(std::string_view image) {
  const auto header = read_header(decoder_handle(tjInitDecompress()), image);
  if (!header)
    return header.error();
  return picture_header{header->width, header->height, true};
}

result<picture> decode_jpeg(std::string_view image) {
  const decoder_handle decoder(tjInitDecompress());
  const auto header = read_header(decoder, image);
  if (!header)
    return header.error();
  const auto [width, height, grey] = *header;
  cv::Mat pixels(height, width, grey ? CV_8UC1 : CV_8UC3);
  // A warning means that something is missing; hundreds of scans are an attack.
  if (tjDecompress2(decoder.get(), reinterpret_cast<const unsigned char*>(image.data()), image.size(), pixels.data,
                    width, static_cast<int>(pixels.step[0]), height, grey ? TJPF_GRAY : TJPF_BGR,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
    return errc::invalid_image;
  return picture{upright(pixels, orientation_of(image))};
}

} // namespace mdai::vision::detail
