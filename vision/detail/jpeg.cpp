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

/// Whether it is coded as cameras do: baseline, extended or progressive, by Huffman's codes. Arithmetic coding makes
/// hours of a few bytes.
bool is_usual(std::string_view image) {
  constexpr auto byte = [](char c) { return static_cast<std::uint8_t>(c); };
  for (std::size_t at = 2; at + 4 <= image.size() && byte(image[at]) == 0xFF;) {
    const auto marker = byte(image[at + 1]);
    if (marker == 0xFF) { // padding
      ++at;
      continue;
    }
    if (marker >= 0xC0 && marker <= 0xC2)
      return true;
    const bool other_frame = marker > 0xC2 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    const bool alone = marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD9); // has no length, and no place here
    if (other_frame || alone || marker == 0xDA)                              // pixels before any frame
      return false;
    at += 2 + std::size_t{byte(image[at + 2])} * 256 + byte(image[at + 3]);
  }
  return false;
}

/// How many scans there are; those of a thumbnail in a comment count too.
long scans_in(std::string_view image) {
  constexpr std::string_view start_of_scan = "\xFF\xDA";
  long count = 0;
  for (auto at = image.find(start_of_scan); at != image.npos; at = image.find(start_of_scan, at + 2))
    ++count;
  return count;
}

result<jpeg_header> read_header(const decoder_handle& decoder, std::string_view image) {
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (!decoder || !is_usual(image) ||
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
  // Each scan goes through all pixels, and an empty one costs its sender ten bytes. Cameras need one to ten.
  constexpr long most_scanned_pixels = 200'000'000;
  if (scans_in(image) * width * height > most_scanned_pixels)
    return errc::invalid_image;
  cv::Mat pixels(height, width, grey ? CV_8UC1 : CV_8UC3);
  // A warning means that something is missing.
  if (tjDecompress2(decoder.get(), reinterpret_cast<const unsigned char*>(image.data()), image.size(), pixels.data,
                    width, static_cast<int>(pixels.step[0]), height, grey ? TJPF_GRAY : TJPF_BGR,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
    return errc::invalid_image;
  return picture{upright(pixels, orientation_of(image))};
}

} // namespace mdai::vision::detail
