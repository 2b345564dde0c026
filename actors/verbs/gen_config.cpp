#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/settings_docs.hpp"
#include "actors/verbs/verbs.hpp"

namespace mdai {

int gen_config(verb_context& context, const gen_config_request& request) {
  if (request.env)
    context.out << config::dotenv_example();
  else if (request.docs)
    context.out << config::settings_reference();
  else if (request.secrets)
    context.out << config::fresh_secrets();
  else
    context.out << config::toml_example();
  return context.out.flush() ? 0 : 1;
}

void add_gen_config(CLI::App& app, verb_context& context) {
  auto request = std::make_shared<gen_config_request>();
  auto* verb = app.add_subcommand("gen-config", "Prints a TOML file with every option, its default and its meaning");
  auto* env = verb->add_flag("--env", request->env, "Print an .env file instead");
  auto* docs = verb->add_flag("--docs", request->docs, "Print the reference in Markdown instead");
  auto* secrets = verb->add_flag("--secrets", request->secrets, "Print fresh secrets as .env lines instead");
  docs->excludes(env);
  secrets->excludes(env)->excludes(docs);
  verb->callback([&context, request] { context.exit_code = gen_config(context, *request); });
}

} // namespace mdai
