#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/verbs.hpp"

namespace mdai {

void add_serve(CLI::App& app, verb_context& context) {
  app.add_subcommand("serve", "Runs the broker")->callback([&context] {
    auto start = config::load(context.sources);
    print_errors(start, context.err);
    context.exit_code = start.ok() ? serve(start, context.sources) : 1;
  });
}

} // namespace mdai
