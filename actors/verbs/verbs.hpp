// config: what the broker's command line can do. One verb per file; each adds itself to the command line and
// can be called without it.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/settings_load.hpp"
#include "protocol/time.hpp"

namespace CLI {
class App;
}

namespace mdai {

/// What verbs share: where settings come from, where to write, and how the process ends.
struct verb_context {
  config::load_sources sources;
  std::ostream& out;
  std::ostream& err;
  int exit_code = 0;
};

/// Takes `--section.option value` and `--section.option=value` out of a command line (without the program's
/// name) into `flags`; answers what is left for CLI11. Known or not: a flag with a dot is an option's.
std::vector<std::string> take_setting_flags(const std::vector<std::string>& arguments,
                                            std::vector<config::flag>& flags);

/// This process's environment.
config::variables environment_of_process();

/// Adds --config and --env-file.
void add_source_flags(CLI::App& app, verb_context& context);
void add_serve(CLI::App& app, verb_context& context);
void add_check_config(CLI::App& app, verb_context& context);
void add_gen_config(CLI::App& app, verb_context& context);
void add_token(CLI::App& app, verb_context& context);
/// These ask the running broker that the settings describe, over its admin listener (admin.host, admin.port,
/// ADMIN_TOKEN). 0: done; 1: not, and why stands on `err`.
void add_device(CLI::App& app, verb_context& context);
void add_session(CLI::App& app, verb_context& context);
void add_client(CLI::App& app, verb_context& context);
/// What can be done with faces without a running broker.
void add_face(CLI::App& app, verb_context& context);

/// The broker itself: `start.values` are checked; `sources` are for SIGHUP (config::reload). Answers the exit
/// code. The warnings in `start` are for its log.
int serve(const config::loaded& start, const config::load_sources& sources);

/// Prints the settings in effect with their origin, warnings and errors. 0: they are good; 1: they are not.
int check_config(verb_context& context);

struct gen_config_request {
  bool env = false, docs = false, secrets = false; ///< none: the TOML file
};
int gen_config(verb_context& context, const gen_config_request& request);

struct mint_request {
  std::string role;       ///< "mobile" or "device"
  std::string session_id; ///< 24 hex digits
  std::string ttl;        ///< a duration; empty: session.ttl
};
/// Prints a session token. In development mode only: in production the broker alone decides who gets one.
int mint_token(verb_context& context, const mint_request& request, wall_time now);

/// Prints what `token` says and whether it is good under the current settings. 0: it is; 1: it is not.
int inspect_token(verb_context& context, std::string_view token, wall_time now);

/// Prints every error on `err`, one line each.
void print_errors(const config::loaded& settings, std::ostream& err);

} // namespace mdai
