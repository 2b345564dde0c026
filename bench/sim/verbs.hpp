#pragma once
#include <functional>

#include <CLI/CLI.hpp>

#include "bench/sim/peer.hpp"

namespace mdai::sim {

/// A verb's exit status, as scripts read it.
enum exit_status : int { succeeded = 0, went_wrong = 1, verification_failed = 2, was_interrupted = 130 };

/// What the chosen verb does; set while the command line is read.
using verb = std::function<int()>;

void add_backend(CLI::App& app, verb& chosen);
void add_phone(CLI::App& app, verb& chosen);
void add_kiosk(CLI::App& app, verb& chosen);
void add_hardware(CLI::App& app, verb& chosen);
void add_app(CLI::App& app, verb& chosen);
void add_flow(CLI::App& app, verb& chosen);
void add_provision(CLI::App& app, verb& chosen);
void add_camera(CLI::App& app, verb& chosen);

/// --insecure and --ca.
void add_trust(CLI::App& app, tls_trust& trust);
/// --wait-ms: how long to wait for the result.
void add_patience(CLI::App& app, patience& waits);

/// Prints `f` as the program's last word; answers the exit status.
int fail(const failure& f);

} // namespace mdai::sim
