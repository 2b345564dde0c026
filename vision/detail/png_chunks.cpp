#include <algorithm>
#include <array>
#include <vector>

#include <zlib.h>

#include "vision/detail/picture.hpp"

/// What stands in a PNG, before libpng sees it: libpng has memory for whatever a chunk claims to be, and inflates
/// whatever a chunk holds.
namespace mdai::vision::detail {
namespace {

constexpr std::size_t signature = 8, around = 12; ///< bytes: before the chunks; a chunk's length, type and checksum

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i)
    out = out << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return out;
}

struct chunk {
  std::string_view whole;
  std::string_view type() const { return whole.substr(4, 4); }
  std::string_view data() const { return whole.substr(8, whole.size() - around); }
};

/// The chunk that begins at `at`; empty when it does not end within the image.
chunk chunk_at(std::string_view image, std::size_t at) {
  if (image.size() < at + around)
    return {};
  const std::uint64_t size = around + std::uint64_t{number_at(image, at)};
  return size <= image.size() - at ? chunk{image.substr(at, size)} : chunk{};
}

struct header {
  std::uint32_t width = 0, height = 0;
  unsigned depth = 0, colours = 0, interlaced = 0;

  std::uint64_t row_bytes(std::uint64_t columns) const {
    constexpr std::array<std::uint64_t, 7> channels{1, 0, 3, 1, 2, 0, 4};
    return 1 + (columns * channels[colours] * depth + 7) / 8; // with the byte that says how it is filtered
  }
  /// Of all pixels, inflated.
  std::uint64_t pixel_bytes() const {
    if (!interlaced)
      return height * row_bytes(width);
    struct pass {
      std::uint32_t left, top, right, down; // where it begins, how far apart its pixels are
    };
    constexpr pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                              {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    std::uint64_t sum = 0;
    for (const auto& p : adam7)
      if (width > p.left && height > p.top)
        sum += (height - p.top + p.down - 1) / p.down * row_bytes((width - p.left + p.right - 1) / p.right);
    return sum;
  }
};

result<header> header_of(std::string_view image) {
  const auto first = chunk_at(image, signature);
  constexpr std::size_t size = 13;
  if (first.whole.empty() || first.type() != "IHDR" || first.data().size() != size)
    return errc::invalid_image;
  const auto data = first.data();
  const header out{number_at(data, 0), number_at(data, 4), static_cast<std::uint8_t>(data[8]),
                   static_cast<std::uint8_t>(data[9]), static_cast<std::uint8_t>(data[12])};
  if (out.depth > 16 || out.colours > 6 || out.interlaced > 1)
    return errc::invalid_image;
  if (auto good = check_size(out.width, out.height); !good)
    return good.error();
  return out;
}

/// Whether they are one compressed stream of that many bytes. Stops at the first byte too many.
bool inflate_to(const std::vector<std::string_view>& parts, std::uint64_t expected) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK)
    return false;
  std::array<Bytef, 32u << 10> out;
  int state = Z_OK;
  for (const auto& part : parts) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data())); // which zlib only reads
    stream.avail_in = static_cast<uInt>(part.size());
    do {
      stream.next_out = out.data();
      stream.avail_out = out.size();
      state = inflate(&stream, Z_NO_FLUSH);
    } while (state == Z_OK && stream.total_out <= expected && stream.avail_out == 0);
    if ((state != Z_OK && state != Z_BUF_ERROR) || stream.total_out > expected)
      break;
  }
  const bool good = state == Z_STREAM_END && stream.total_out == expected;
  inflateEnd(&stream);
  return good;
}

} // namespace

result<picture_header> read_png_header(std::string_view image) {
  const auto found = header_of(image);
  if (!found)
    return found.error();
  return picture_header{static_cast<int>(found->width), static_cast<int>(found->height), false};
}

result<std::string> essential_png(std::string_view image) {
  constexpr std::array<std::string_view, 6> essential{"IHDR", "PLTE", "tRNS", "gAMA", "sRGB", "IDAT"};
  const auto head = header_of(image);
  if (!head)
    return head.error();
  std::string out{image.substr(0, signature)};
  out.reserve(image.size());
  std::vector<std::string_view> pixels;
  auto part = chunk_at(image, signature);
  for (auto at = signature; !part.whole.empty() && part.type() != "IEND"; part = chunk_at(image, at)) {
    at += part.whole.size();
    if (std::find(essential.begin(), essential.end(), part.type()) != essential.end())
      out.append(part.whole);
    if (part.type() == "IDAT")
      pixels.push_back(part.data());
  }
  constexpr std::string_view end{"\0\0\0\0IEND\xAE\x42\x60\x82", 12};
  if (part.whole != end || !inflate_to(pixels, head->pixel_bytes()))
    return errc::invalid_image;
  return out.append(end);
}

} // namespace mdai::vision::detail
