#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The privacy filter once more, slow and obvious: what the parity test and the fuzz target compare with.
/// Shares no code with protocol/.
namespace mdai::test {

/// What the reference says about a valid document of any kind.
struct reference {
  std::string text;   ///< without what must not reach a device, byte for byte
  unsigned depth = 0; ///< of the deepest container
  /// Top-level members of an object: decoded key and the value's exact bytes, in order.
  std::vector<std::pair<std::string, std::string>> members;
};

reference reference_filter(std::string_view valid_document, std::string_view platform_id);

/// nlohmann's verdict, with numbers that it finds out of range replaced by 0e0 in `document`.
bool nlohmann_accepts(std::string& document);

/// The tokens of a valid document as nlohmann reads them. With a `platform_id`: after dropping `platform_id`
/// members and masking strings and keys.
std::vector<std::string> nlohmann_tokens(std::string document, std::optional<std::string_view> platform_id);

} // namespace mdai::test
