#include <cstdio>

#include "bench/load/options.hpp"

int main(int argc, char** argv) {
  using namespace mdai::load;
  CLI::App app{"Puts load on a broker, or on what one would use instead, and measures what it costs the server.",
               "mdai-load"};
  app.require_subcommand(1);
  app.footer("Try: mdai-load relay --target ws://127.0.0.1:8080 --qr-key HEX --pid PID --window 16\n"
             "Exit status: 0 when all went well, 1 when something failed; warnings do not count.");
  verb chosen;
  add_relay(app, chosen);
  add_rate(app, chosen);
  add_idle(app, chosen);
  add_churn(app, chosen);
  add_handshake(app, chosen);
  add_create(app, chosen);
  add_sessions_verb(app, chosen);
  CLI11_PARSE(app, argc, argv);
  try {
    return chosen();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mdai-load: %s\n", e.what());
    return 1;
  }
}
