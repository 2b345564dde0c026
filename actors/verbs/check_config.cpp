#include <iomanip>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/verbs.hpp"

namespace mdai {

namespace {

std::string shown_secret(const std::vector<std::string>& items) {
  if (items.empty() || (items.size() == 1 && items.front().empty()))
    return "(not set)";
  return items.size() == 1 ? "(set, " + std::to_string(items.front().size()) + " bytes)"
                           : "(set, " + std::to_string(items.size()) + " values)";
}

std::string shown_value(const config::option& o, const settings& s) {
  return o.traits.secret ? shown_secret(o.value->items(s)) : o.value->text(s);
}

} // namespace

int check_config(verb_context& context) {
  auto sources = context.sources;
  sources.touch_nothing = true;
  auto found = config::load(sources);
  for (const auto& o : config::options())
    if (!found.broken.contains(o.name))
      context.out << std::left << std::setw(36) << o.name << " = " << std::setw(34) << shown_value(o, found.values)
                  << " # " << found.origin_of(o.name).shown() << '\n';
  context.out.flush();
  for (const auto& warning : found.warnings)
    context.err << "warning: " << warning << '\n';
  print_errors(found, context.err);
  context.err << (found.ok() ? "the settings are good\n" : "the broker would not start\n");
  return found.ok() ? 0 : 1;
}

void add_check_config(CLI::App& app, verb_context& context) {
  app.add_subcommand("check-config", "Shows the settings in effect and where each comes from, and every mistake")
      ->callback([&context] { context.exit_code = check_config(context); });
}

} // namespace mdai
