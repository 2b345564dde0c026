/// Scan and filter on any bytes, compared with nlohmann's verdict and the slow filter. The first byte chooses
/// the id.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/privacy_filter.hpp"
#include "tests/protocol/filter_reference.hpp"

namespace {

using namespace mdai;

constexpr unsigned max_depth = 128;
constexpr std::string_view ids[] = {"PLT_secret9", "u1", "", "abaaba", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80xyz"};

void require(bool truth, const char* what) {
  if (truth)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void compare(std::string_view document, std::string_view id) {
  const privacy_filter filter{std::string{id}};
  std::string out;
  const auto applied = filter.apply(document, out, max_depth);
  require(applied.has_value() == json::scan_object(document, {}, {}, max_depth).has_value(), "scan and filter agree");
  std::string tamed{document};
  const bool valid = document.find('\0') == document.npos && test::nlohmann_accepts(tamed);
  if (!applied) {
    const bool own_rule = applied.error() == errc::not_an_object || applied.error() == errc::nesting_too_deep;
    require(!valid || own_rule, "what nlohmann accepts is refused for a rule of our own only");
    return;
  }
  require(valid, "what passes is valid");
  const std::string clean = *applied ? out : std::string{document};
  require(clean == test::reference_filter(document, id).text, "the slow filter has the same bytes");
  std::string again;
  require(!filter.apply(clean, again, max_depth).value(), "a clean document stays as it is");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view document{reinterpret_cast<const char*>(data) + 1, size - 1};
  compare(document, ids[data[0] % std::size(ids)]);
  return 0;
}
