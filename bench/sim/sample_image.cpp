#include "bench/sim/sample_image.hpp"

#include <fstream>
#include <iterator>
#include <string_view>

namespace mdai::sim {
namespace {

using namespace std::string_view_literals;

constexpr auto start_of_image = "\xFF\xD8"sv;
// JFIF 1.01, no density, no thumbnail.
constexpr auto jfif = "\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"sv;
// Quantization table 0 with 8-bit entries; the 64 of them follow.
constexpr auto quantization = "\xFF\xDB\x00\x43\x00"sv;
// Baseline frame: 8 bits, 16 by 16, one component that is sampled 1 by 1 and uses table 0.
constexpr auto frame = "\xFF\xC0\x00\x0B\x08\x00\x10\x00\x10\x01\x01\x11\x00"sv;
// Huffman tables DC 0 and AC 0, each of a single one-bit code "0": "no difference" and "end of block".
constexpr auto dc_codes = "\xFF\xC4\x00\x14\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
constexpr auto ac_codes = "\xFF\xC4\x00\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
// One scan of that component, all 64 coefficients; then four blocks of two zero bits each.
constexpr auto scan = "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00\x00"sv;
constexpr auto end_of_image = "\xFF\xD9"sv;

static_assert(jfif.size() == 2 + 16 && quantization.size() == 2 + 3 && frame.size() == 2 + 11);
static_assert(dc_codes.size() == 2 + 20 && ac_codes.size() == 2 + 20 && scan.size() == 2 + 8 + 1);

outcome<std::string> load_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  if (!in.good() && !in.eof())
    return failed("cannot read " + file);
  if (bytes.empty())
    return failed(file + " is empty");
  return bytes;
}

} // namespace

std::string sample_jpeg() {
  std::string out;
  for (const auto part : {start_of_image, jfif, quantization})
    out += part;
  out.append(64, '\x01');
  for (const auto part : {frame, dc_codes, ac_codes, scan, end_of_image})
    out += part;
  return out;
}

outcome<std::string> load_image(const std::string& file) {
  if (file.empty())
    return sample_jpeg();
  return load_file(file);
}

outcome<std::string> load_text(const std::string& file) {
  auto text = load_file(file);
  if (!text)
    return text;
  const auto first = text->find_first_not_of(" \t\r\n"), last = text->find_last_not_of(" \t\r\n");
  if (first == text->npos)
    return failed(file + " is empty");
  return text->substr(first, last - first + 1);
}

} // namespace mdai::sim
