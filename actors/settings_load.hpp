// config: START HERE. Settings from their sources, whole or not at all, with everything an operator needs to
// hear.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/settings.hpp"
#include "actors/settings_sources.hpp"

namespace mdai::config {

/// Where to look, in rising precedence: the TOML file, the .env file, the environment, the flags.
struct load_sources {
  std::optional<std::string> toml_file;   ///< --config; else MDAI_CONFIG; else ./mdai-broker.toml if it is there
  std::optional<std::string> dotenv_file; ///< --env-file; else ./.env if it is there
  variables environment;
  std::vector<flag> flags;
  std::filesystem::path directory; ///< where the two defaults are looked for; empty: the working directory
  bool touch_nothing = false;      ///< writes no file (check-config, reload)
};

/// Settings with their history. Use `values` only when ok().
struct loaded {
  settings values;
  std::map<std::string_view, origin> origins; ///< by option name; options left at their default are absent
  std::set<std::string_view> broken;          ///< options whose text was refused
  std::vector<std::string> errors;            ///< all of them, one line each
  std::vector<std::string> warnings;          ///< for the caller to log

  bool ok() const { return errors.empty(); }
  bool is_set(std::string_view option_name) const { return origins.contains(option_name); }
  /// The default's origin when the option is not set.
  origin origin_of(std::string_view option_name) const;
};

/// Reads, checks and completes the settings of a process that starts. Never throws.
loaded load(const load_sources& sources);

/// What SIGHUP found.
struct reloaded {
  settings values;                       ///< the running ones with what may change; only when ok()
  std::vector<std::string> changed;      ///< names of the options that are different now
  std::vector<std::string> need_restart; ///< names of the options that were changed but stay as they run
  std::vector<std::string> errors, warnings;

  bool ok() const { return errors.empty(); }
};

/// Reads everything again. What development mode made up for the running process stays. Never throws.
reloaded reload(const settings& running, load_sources sources);

/// Only reads: no completion, no rules between options. For load, reload and tests.
loaded read_sources(const load_sources& sources);

} // namespace mdai::config
