#include <algorithm>
#include <iostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/verbs.hpp"

int main(int argc, char** argv) {
  mdai::verb_context context{.sources = {}, .out = std::cout, .err = std::cerr};
  context.sources.environment = mdai::environment_of_process();

  CLI::App app{"Session broker between phones and face-scanning kiosks", "mdai-broker"};
  app.set_version_flag("--version", "mdai-broker " MDAI_VERSION);
  app.require_subcommand(0, 1)->fallthrough();
  app.callback([&app] {
    if (app.get_subcommands().empty())
      throw CLI::CallForHelp{};
  });
  app.footer("Every setting is a flag too, such as --session.ttl 3m. All of them: mdai-broker gen-config");
  mdai::add_source_flags(app, context);
  mdai::add_serve(app, context);
  mdai::add_check_config(app, context);
  mdai::add_gen_config(app, context);
  mdai::add_token(app, context);
  mdai::add_device(app, context);
  mdai::add_session(app, context);
  mdai::add_client(app, context);
  mdai::add_face(app, context);

  auto rest = mdai::take_setting_flags({argv + 1, argv + argc}, context.sources.flags);
  try {
    std::reverse(rest.begin(), rest.end()); // CLI11 takes them from the back
    app.parse(std::move(rest));
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }
  return context.exit_code;
}
