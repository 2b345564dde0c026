// libFuzzer target: whatever an app writes, hardware gets valid JSON in which neither the person known before nor the
// one that the message names can be read, and nobody but the alias is named. The first byte chooses whom the session
// knows.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/bridge/disguise.hpp"
#include "protocol/json.hpp"
#include "protocol/privacy_text.hpp"
#include "protocol/utf8.hpp"

namespace {

using namespace mdai;

constexpr unsigned max_depth = 128;
constexpr std::string_view alias = "PID_0123456789abcdef";
constexpr std::string_view known_ids[] = {"",  "LT_secret9", "u1", "xyzxyz", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80xyz",
                                          "42"};

void require(bool truth, const char* what) {
  if (truth)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// What neither the alias and its neighbours make up again by chance, nor the key's own name holds.
bool is_recognisable(std::string_view id) {
  return !id.empty() && alias.find(id.front()) == alias.npos && forbidden_key.find(id) == forbidden_key.npos;
}

bool shows(std::string_view text, std::string_view id) {
  return utf8::count(id).value_or(0) >= shortest_id_within ? text.find(id) != text.npos : text == id;
}

bool shows(const nlohmann::json& value, std::string_view id) {
  if (value.is_string())
    return shows(std::string_view{value.get_ref<const std::string&>()}, id);
  for (auto& [key, inner] : value.items())
    if (value.is_structured() && ((value.is_object() && shows(std::string_view{key}, id)) || shows(inner, id)))
      return true;
  return false;
}

void check(std::string_view document, std::string_view known) {
  if (!json::scan_object(document, {}, {}, max_depth))
    return;
  const std::vector<std::string> earlier{std::string{known_ids[(document.size() + 1) % std::size(known_ids)]}};
  auto made = bridge::disguise(std::string{document}, known, earlier, alias, max_depth);
  if (!made)
    return require(made.error() == errc::invalid_value, "a valid document is refused for what it names only");
  require(json::scan_object(made->text, {}, {}, max_depth).has_value(), "hardware gets valid JSON");
  auto named = bridge::find_platform_id(made->text, max_depth);
  require(named && (named->empty() || *named == alias), "nobody but the alias is named");
  const auto read = nlohmann::json::parse(made->text, nullptr, false);
  for (auto id : {known, std::string_view{made->platform_id}, std::string_view{earlier[0]}})
    if (!read.is_discarded() && is_recognisable(id))
      require(!shows(read, id), "the person cannot be read");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  check({reinterpret_cast<const char*>(data) + 1, size - 1}, known_ids[data[0] % std::size(known_ids)]);
  return 0;
}
