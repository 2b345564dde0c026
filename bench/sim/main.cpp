#include <cstdio>

#include "bench/sim/verbs.hpp"

namespace mdai::sim {

void add_trust(CLI::App& app, tls_trust& trust) {
  auto* insecure =
      app.add_flag("--insecure", trust.insecure, "Trust any certificate (self-signed ones in development)");
  app.add_option("--ca", trust.ca_file, "PEM file of the certificates to trust [the system's]")
      ->check(CLI::ExistingFile)
      ->excludes(insecure);
}

void add_patience(CLI::App& app, patience& waits) {
  app.add_option_function<unsigned>(
         "--wait-ms", [&waits](unsigned ms) { waits.result = milliseconds{ms}; },
         "How long to wait for the result, in ms [75000]")
      ->check(CLI::Range(1u, 3'600'000u))
      ->type_name("MS");
}

int fail(const failure& f) {
  std::fflush(stdout);
  std::fprintf(stderr, "mdai-sim: %s\n", f.text.c_str());
  return f.interrupted ? was_interrupted : went_wrong;
}

} // namespace mdai::sim

int main(int argc, char** argv) {
  using namespace mdai::sim;
  CLI::App app{"Plays the world around an mdai-broker, over real sockets.", "mdai-sim"};
  app.require_subcommand(1);
  app.footer("Try: mdai-sim backend --port 9100\n"
             "     mdai-sim flow --url http://127.0.0.1:8080 --token user-ann --qr-key HEX --backend "
             "http://127.0.0.1:9100");
  verb chosen;
  add_flow(app, chosen);
  add_phone(app, chosen);
  add_kiosk(app, chosen);
  add_hardware(app, chosen);
  add_app(app, chosen);
  add_provision(app, chosen);
  add_camera(app, chosen);
  add_backend(app, chosen);
  CLI11_PARSE(app, argc, argv);
  return chosen();
}
