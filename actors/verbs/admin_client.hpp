#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/verbs/verbs.hpp"

namespace mdai {

/// Talks to the admin listener of the running broker that the settings describe. What goes wrong it prints itself, one
/// line, and answers nothing. Blocks; for verbs.
class admin_client {
public:
  using json = nlohmann::ordered_json;

  explicit admin_client(verb_context& context)
      : context_(context) {}

  /// The JSON object that a 2xx brings. `body`: sent along.
  std::optional<json> call(const std::string& method, const std::string& target, const json* body = nullptr);
  /// Shows every item of a paged list, in its order. False: something went wrong.
  bool for_each(const std::string& target, const char* list, const std::function<void(const json&)>& show);

private:
  bool fail(const std::string& what);
  /// Where the listener is; empty when the settings do not say (and that is printed).
  std::string address();

  verb_context& context_;
  std::string token_;
};

/// `text` as the value of a query parameter, or as one segment of a path.
std::string percent_encoded(std::string_view text);

} // namespace mdai
