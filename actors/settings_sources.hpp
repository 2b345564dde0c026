// config: the four places settings come from, each read into the same list of assignments.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/dotenv.hpp"
#include "actors/settings_table.hpp"

namespace mdai::config {

/// Where a value comes from.
struct origin {
  enum class kind { defaults, toml, dotenv, environment, flag, development };
  kind from = kind::defaults;
  std::string name;   ///< as written there: "session.ttl", "MDAI_SESSION_TTL", "--session.ttl"
  std::string file;   ///< of TOML and .env; for `development` what was done
  text_position at{}; ///< in the file

  /// "mdai-broker.toml:3:8"
  std::string place() const;

  /// What an error about the value begins with: "mdai-broker.toml:3:8: session.ttl", "environment:
  /// SERVER_PORT".
  std::string prefix(const option& what) const;
  /// What check-config says: "default", "mdai-broker.toml:3:8", "environment SERVER_PORT", "flag".
  std::string shown() const;
};

struct assignment {
  const option* what;
  raw_value value;
  origin from;
};

/// One line for the operator, without any value of a secret.
struct finding {
  text_position at{}; ///< to sort a file's findings by
  std::string text;
};

/// What one source says, and what is wrong with how it says it.
struct source {
  std::vector<assignment> assignments;
  std::vector<finding> errors;
};

using variables = std::vector<std::pair<std::string, std::string>>;

/// `--name value` without the dashes.
struct flag {
  std::string name;
  std::optional<std::string> value; ///< nothing: the command line ended or another flag came
};

/// The variable that names the TOML file; the one MDAI_* name that is no option.
inline constexpr std::string_view config_variable = "MDAI_CONFIG";

/// "mdai-broker.toml:3:8"
std::string place_of(const std::string& file, text_position at);

/// `file` is only for the messages.
source read_toml(std::string_view text, const std::string& file);
source read_dotenv(std::string_view text, const std::string& file);
source read_environment(const variables& environment);
source read_flags(const std::vector<flag>& flags);

} // namespace mdai::config
