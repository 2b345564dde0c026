#include <cstdint>
#include <cstdlib>
#include <string>

#include "vision/detail/picture.hpp"

/// Pictures from anybody. What is accepted is a picture of an allowed size. JPEG headers that are only nearly right are
/// reached by putting the first bytes of a right one in front.
namespace {

using namespace mdai::vision::detail;

void look(std::string_view image) {
  const auto read = decode(image);
  if (!read)
    return;
  const auto& p = read->pixels;
  if (!check_size(p.cols, p.rows) || (p.type() != CV_8UC1 && p.type() != CV_8UC3))
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  look(input);
  look("\xFF\xD8\xFF\xE1" + std::string(input));
  return 0;
}
