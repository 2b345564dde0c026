#include <algorithm>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "actors/verbs/verbs.hpp"

namespace mdai {

namespace {

bool names_setting(std::string_view argument) {
  auto name = argument.substr(0, argument.find('='));
  return name.starts_with("--") && (name.find('.') != name.npos || config::find_option(name.substr(2)));
}

} // namespace

std::vector<std::string> take_setting_flags(const std::vector<std::string>& arguments,
                                            std::vector<config::flag>& flags) {
  std::vector<std::string> rest;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (*at == "--") {
      rest.insert(rest.end(), at, arguments.end());
      break;
    }
    if (!names_setting(*at)) {
      rest.push_back(*at);
      continue;
    }
    auto equals = at->find('=');
    config::flag found{at->substr(2, equals - (equals == at->npos ? 0 : 2)), std::nullopt};
    if (equals != at->npos)
      found.value = at->substr(equals + 1);
    else if (auto next = std::next(at); next != arguments.end() && !next->starts_with("--"))
      found.value = *++at;
    flags.push_back(std::move(found));
  }
  return rest;
}

config::variables environment_of_process() {
  config::variables out;
  for (char** at = environ; *at; ++at) {
    std::string_view entry{*at};
    if (auto equals = entry.find('='); equals != entry.npos)
      out.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

void add_source_flags(CLI::App& app, verb_context& context) {
  app.add_option("--config", context.sources.toml_file, "TOML file (default: ./mdai-broker.toml if it is there)")
      ->type_name("FILE");
  app.add_option("--env-file", context.sources.dotenv_file, ".env file (default: ./.env if it is there)")
      ->type_name("FILE");
}

void print_errors(const config::loaded& settings, std::ostream& err) {
  for (const auto& error : settings.errors)
    err << "error: " << error << '\n';
}

} // namespace mdai
