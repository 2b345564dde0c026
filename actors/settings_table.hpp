// config: the one declaration of every option. Parsing, check-config, gen-config and the reference all read
// it.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/settings_field.hpp"

namespace mdai::config {

/// What sets an option apart from the others.
struct option_traits {
  std::string_view alias{};      ///< the environment name operators had before MDAI_<SECTION>_<OPTION>
  bool secret = false;           ///< its value is never shown
  bool reloadable = false;       ///< SIGHUP changes it
  bool production_needs = false; ///< production refuses to start without it
};

/// One option. `section.name` in TOML and behind `--`, MDAI_<SECTION>_<NAME> in the environment.
struct option {
  std::string_view name; ///< "session.ttl"; "mode" alone has no section
  std::string_view doc;  ///< one or two sentences
  option_traits traits;
  std::shared_ptr<const field> value;

  std::string_view section() const; ///< "session", or empty
  std::string_view key() const;     ///< "ttl"
  std::string environment() const;  ///< "MDAI_SESSION_TTL"
  /// The name people know it by: the alias, else environment().
  std::string known_as() const;
};

/// Every option, section by section, in the order of the documentation.
const std::vector<option>& options();
/// nullptr: no such option.
const option* find_option(std::string_view name);
/// By MDAI_<SECTION>_<NAME> or alias; nullptr when the name is nobody's.
const option* find_environment(std::string_view name);
/// "session.ttl" and the like, for suggestions.
const std::vector<std::string>& option_names();

/// One sentence about a section.
std::string_view section_doc(std::string_view section);

} // namespace mdai::config
