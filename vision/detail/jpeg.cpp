#include <memory>

#include <turbojpeg.h>

#include "vision/detail/exif.hpp"
#include "vision/detail/picture.hpp"

namespace mdai::vision::detail {

result<picture> decode_jpeg(std::string_view image) {
  struct destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  const std::unique_ptr<void, destroy> decoder(tjInitDecompress());
  if (!decoder)
    return errc::invalid_image;
  const auto* bytes = reinterpret_cast<const unsigned char*>(image.data());
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), bytes, image.size(), &width, &height, &subsampling, &colours) != 0 ||
      colours == TJCS_CMYK || colours == TJCS_YCCK)
    return errc::invalid_image;
  if (auto good = check_size(width, height); !good)
    return good.error();
  const bool grey = colours == TJCS_GRAY;
  cv::Mat pixels(height, width, grey ? CV_8UC1 : CV_8UC3);
  // A warning means that something is missing; hundreds of scans are an attack.
  if (tjDecompress2(decoder.get(), bytes, image.size(), pixels.data, width, static_cast<int>(pixels.step[0]), height,
                    grey ? TJPF_GRAY : TJPF_BGR, TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
    return errc::invalid_image;
  return picture{upright(pixels, orientation_of(image))};
}

} // namespace mdai::vision::detail
