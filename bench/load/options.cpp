#include "bench/load/options.hpp"

#include <map>

namespace mdai::load {
namespace {

const std::map<std::string, dialect> dialects{
    {"mdai", dialect::mdai}, {"raw", dialect::raw}, {"mqtt", dialect::mqtt}, {"nats", dialect::nats}};

std::string name_of(dialect kind) {
  for (const auto& [name, value] : dialects)
    if (value == kind)
      return name;
  return {};
}

} // namespace

void add_basics(CLI::App& app, options& o) {
  app.add_option("--target", o.target, "The server: ws://HOST:PORT, or wss:// for TLS")->required();
  app.add_option("--pid", o.pids, "A process of the server, to measure its CPU and memory; repeatable")
      ->take_all()
      ->expected(1)
      ->check(CLI::PositiveNumber);
  app.add_option("--json", o.json_file, "File for everything that was found out; - for stdout")->type_name("FILE");
  auto* insecure = app.add_flag("--insecure", o.whom.insecure, "Trust any certificate");
  app.add_option("--ca", o.whom.ca_file, "PEM file of the certificates to trust [the system's]")
      ->check(CLI::ExistingFile)
      ->excludes(insecure);
  app.add_option("--per-address", o.per_address, "Connections from one 127.0.0.x before the next one's turn")
      ->check(CLI::Range(1, 28'000))
      ->capture_default_str();
}

void add_sessions(CLI::App& app, options& o) {
  app.add_option("--qr-key", o.qr_key,
                 "QR_ENCRYPTION_KEY of the server, 64 hex digits: kiosks read their tokens with it")
      ->type_name("HEX");
  app.add_option("--bearer", o.bearer, "Users' bearer tokens begin with this; a number follows")->capture_default_str();
  app.add_option("--at-once", o.at_once, "Connections and session creations under way at a time while preparing")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
}

void add_dialect(CLI::App& app, options& o) {
  app.add_option_function<std::string>(
         "--dialect", [&o](const std::string& name) { o.kind = dialects.at(name); }, "What the server speaks [mdai]")
      ->check(CLI::IsMember({"mdai", "raw", "mqtt", "nats"}));
  add_sessions(app, o);
}

void add_duration(CLI::App& app, options& o) {
  app.add_option("--seconds", o.seconds, "How long to measure")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  app.add_option("--warmup", o.warmup, "Seconds of the same before that")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
}

void add_pairs(CLI::App& app, options& o) {
  app.add_option("--pairs", o.pairs, "Pairs of a phone and a kiosk")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--size", o.size, "Bytes of each message")
      ->check(CLI::Range(smallest_message, std::size_t{1} << 20))
      ->capture_default_str();
  app.add_option("--live-sessions", o.live_sessions, "Other sessions that live meanwhile (mdai)")
      ->capture_default_str();
}

nlohmann::ordered_json to_json(const options& o) {
  return {{"target", o.target},  {"dialect", name_of(o.kind)},
          {"pids", o.pids},      {"seconds", o.seconds},
          {"warmup", o.warmup},  {"size", o.size},
          {"pairs", o.pairs},    {"live_sessions", o.live_sessions},
          {"at_once", o.at_once}};
}

} // namespace mdai::load
