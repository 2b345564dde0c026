#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/load/conversation.hpp"
#include "bench/load/tls.hpp"
#include "protocol/crypto.hpp"

namespace mdai::load {

/// What the chosen verb does; set while the command line is read. Answers the exit status.
using verb = std::function<int()>;

/// What every verb knows. A verb offers only those that mean something to it.
struct options {
  std::string target;
  dialect kind = dialect::mdai;
  std::vector<pid_t> pids;
  double seconds = 5, warmup = 1;
  std::size_t size = 200, pairs = 16, live_sessions = 0;
  std::size_t at_once = 64, per_address = 20'000;
  std::string json_file, qr_key, bearer = "user-load-";
  trust whom;
};

void add_basics(CLI::App& app, options& o);   ///< --target, --pid, --json, --insecure, --ca, --per-address
void add_dialect(CLI::App& app, options& o);  ///< --dialect, and what mdai needs for sessions
void add_duration(CLI::App& app, options& o); ///< --seconds, --warmup
void add_pairs(CLI::App& app, options& o);    ///< --pairs, --size, --live-sessions
void add_sessions(CLI::App& app, options& o); ///< --qr-key, --bearer

void add_relay(CLI::App& app, verb& chosen);
void add_rate(CLI::App& app, verb& chosen);
void add_idle(CLI::App& app, verb& chosen);
void add_churn(CLI::App& app, verb& chosen);
void add_handshake(CLI::App& app, verb& chosen);
void add_create(CLI::App& app, verb& chosen);
void add_sessions_verb(CLI::App& app, verb& chosen);

/// As they stand in the JSON report. Secrets stay out.
nlohmann::ordered_json to_json(const options& o);

} // namespace mdai::load
