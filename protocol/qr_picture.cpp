#include "protocol/qr.hpp"

#include <memory>
#include <vector>

#include <png.h>
#include <qrencode.h>

namespace mdai {
namespace {

constexpr unsigned quiet_zone = 4; ///< modules on each side (ISO/IEC 18004)
constexpr unsigned max_module_pixels = 32;

/// The modules of a QR code with its quiet zone around them.
class qr_matrix {
public:
  explicit qr_matrix(std::string_view text)
      : code_(QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
                                QR_ECLEVEL_M)) {}

  /// False when the text is empty or longer than a QR code can hold.
  bool good() const { return code_ != nullptr; }
  unsigned side() const { return modules() + 2 * quiet_zone; }
  bool dark(unsigned x, unsigned y) const {
    x -= quiet_zone; // in the quiet zone above or left this wraps around and lies outside too
    y -= quiet_zone;
    return x < modules() && y < modules() && (code_->data[y * modules() + x] & 1);
  }

private:
  struct free_code {
    void operator()(QRcode* code) const { QRcode_free(code); }
  };

  unsigned modules() const { return static_cast<unsigned>(code_->width); }

  std::unique_ptr<QRcode, free_code> code_;
};

/// A QR code of version 40 holds 2331 bytes at this level; the bound keeps the size within an int.
bool may_fit(std::string_view text) { return !text.empty() && text.size() <= 2331; }

/// The runs of dark modules of one row as SVG path commands.
void append_row(std::string& path, const qr_matrix& matrix, unsigned y) {
  for (unsigned x = 0; x < matrix.side();) {
    unsigned end = x;
    while (matrix.dark(end, y))
      ++end;
    if (end > x) {
      auto length = std::to_string(end - x);
      path += 'M' + std::to_string(x) + ' ' + std::to_string(y) + 'h' + length + "v1h-" + length + 'z';
    }
    x = end + 1;
  }
}

/// One byte per pixel, 1 for dark.
std::vector<png_byte> paint(const qr_matrix& matrix, unsigned module_pixels) {
  auto width = std::size_t{matrix.side()} * module_pixels;
  std::vector<png_byte> pixels;
  pixels.reserve(width * width);
  for (unsigned y = 0; y < matrix.side(); ++y) {
    std::vector<png_byte> row;
    for (unsigned x = 0; x < matrix.side(); ++x)
      row.insert(row.end(), module_pixels, matrix.dark(x, y));
    for (unsigned i = 0; i < module_pixels; ++i)
      pixels.insert(pixels.end(), row.begin(), row.end());
  }
  return pixels;
}

} // namespace

result<std::string> qr_svg(std::string_view text) {
  if (!may_fit(text))
    return errc::invalid_value;
  qr_matrix matrix(text);
  if (!matrix.good())
    return errc::invalid_value;
  auto side = std::to_string(matrix.side());
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + ' ' + side +
                    R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + side + 'v' + side + "H0z\"/>" +
                    R"(<path d=")";
  for (unsigned y = 0; y < matrix.side(); ++y)
    append_row(svg, matrix, y);
  return svg + R"("/></svg>)";
}

result<std::string> qr_png(std::string_view text, unsigned module_pixels) {
  if (!may_fit(text) || module_pixels < 1 || module_pixels > max_module_pixels)
    return errc::invalid_value;
  qr_matrix matrix(text);
  if (!matrix.good())
    return errc::invalid_value;

  // libpng's simplified interface: it answers errors, where the older one jumps out of our frames. Two
  // colours in the palette make it write one bit per pixel.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = matrix.side() * module_pixels;
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.flags = PNG_IMAGE_FLAG_FAST; // the loop waits for it; rows that repeat pack well at any level
  image.colormap_entries = 2;
  static constexpr png_byte palette[] = {0xFF, 0xFF, 0xFF, 0, 0, 0};
  auto pixels = paint(matrix, module_pixels);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string png(size, '\0');
  if (!png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, palette))
    return errc::invalid_value;
  png.resize(size);
  return png;
}

} // namespace mdai
