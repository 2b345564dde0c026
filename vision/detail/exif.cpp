#include "vision/detail/exif.hpp"

#include <cstdint>
#include <optional>

namespace mdai::vision::detail {
namespace {

/// Numbers out of bytes that anybody may have written: nothing beyond their end.
class reader {
public:
  reader(std::string_view bytes, bool big_endian)
      : bytes_(bytes)
      , big_endian_(big_endian) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size)
      return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[big_endian_ ? at + i : at + size - 1 - i]);
    return value;
  }

private:
  std::string_view bytes_;
  bool big_endian_;
};

/// The orientation in a TIFF structure.
int orientation_in(std::string_view tiff) {
  constexpr std::uint32_t orientation_tag = 0x0112;
  constexpr std::size_t entry_size = 12, value_offset = 8;
  if (!tiff.starts_with("II") && !tiff.starts_with("MM"))
    return 1;
  const reader in{tiff, tiff.starts_with("MM")};
  const auto directory = in.number(4, 4);
  const auto entries = directory ? in.number(*directory, 2) : std::nullopt;
  for (std::size_t i = 0; entries && i < *entries; ++i) {
    const auto entry = *directory + 2 + i * entry_size;
    const auto tag = in.number(entry, 2);
    if (!tag)
      return 1;
    if (*tag != orientation_tag)
      continue;
    const auto value = in.number(entry + value_offset, 2);
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

} // namespace

int orientation_of(std::string_view jpeg) {
  constexpr std::uint32_t app1 = 0xFFE1, start_of_scan = 0xFFDA, first_marker = 0xFFC0;
  constexpr std::string_view exif{"Exif\0\0", 6};
  const reader in{jpeg, true};
  for (std::size_t at = 2;;) {
    const auto marker = in.number(at, 2), length = in.number(at + 2, 2);
    if (!marker || !length || *marker < first_marker || *marker == start_of_scan || *length < 2)
      return 1;
    const auto segment = jpeg.substr(at + 4, *length - 2);
    if (*marker == app1 && segment.starts_with(exif))
      return orientation_in(segment.substr(exif.size()));
    at += 2 + *length;
    if (at > jpeg.size())
      return 1;
  }
}

cv::Mat upright(const cv::Mat& pixels, int orientation) {
  constexpr int around_both = -1, left_right = 1, up_down = 0;
  cv::Mat out = pixels;
  if (orientation >= 5)
    cv::transpose(pixels, out);
  switch (orientation) {
  case 2:
  case 6:
    cv::flip(out, out, left_right);
    break;
  case 3:
  case 7:
    cv::flip(out, out, around_both);
    break;
  case 4:
  case 8:
    cv::flip(out, out, up_down);
    break;
  default:
    break;
  }
  return out;
}

} // namespace mdai::vision::detail
