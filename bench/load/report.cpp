#include "bench/load/report.hpp"

#include <cstdio>
#include <fstream>

namespace mdai::load {

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string grouped(std::uint64_t number) {
  auto out = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3)
    out.insert(static_cast<std::size_t>(at), 1, ',');
  return out;
}

report::report(std::string command, const options& o)
    : json_file_(o.json_file)
    , data_{{"tool", "mdai-load"},
            {"version", MDAI_VERSION},
            {"command", std::move(command)},
            {"parameters", to_json(o)}} {}

void report::figure(const char* name, nlohmann::ordered_json value, std::string label, std::string text) {
  data_["result"][name] = std::move(value);
  rows_.emplace_back(std::move(label), std::move(text));
}

void report::latencies(const char* name, const std::string& label, const histogram& times) {
  const auto us = [](double ns) { return ns / 1000; };
  const auto at = [&](double share) { return us(static_cast<double>(times.percentile(share))); };
  nlohmann::ordered_json out{{"count", times.count()},
                             {"mean", us(times.mean())},
                             {"p50", at(0.5)},
                             {"p90", at(0.9)},
                             {"p99", at(0.99)},
                             {"p999", at(0.999)},
                             {"max", us(static_cast<double>(times.max()))}};
  std::string text;
  for (const auto* key : {"p50", "p90", "p99", "p999", "max"})
    text += std::string{text.empty() ? "" : "   "} + (key == std::string{"p999"} ? "p99.9" : key) + " " +
            fixed(out[key].get<double>(), 1);
  figure(name, std::move(out), label + ", us", std::move(text));
}

void report::cost(const usage& spent, const server_meter& server, std::uint64_t count, const std::string& unit) {
  data_["load"] = {{"cpu_share", spent.own_share()}, {"too_busy", spent.own_share() > busiest}};
  if (server.present()) {
    const auto memory = server.resident_bytes();
    data_["server"] = {{"seconds", spent.seconds},
                       {"cpu_ns", spent.server.count()},
                       {"cpu_share", spent.server_share()},
                       {"cpu_ns_per_" + unit, spent.server_ns_per(count)},
                       {"resident_bytes", memory}};
    rows_.emplace_back("server CPU", fixed(spent.server_ns_per(count) / 1000, 3) + " us per " + unit + ", " +
                                         fixed(spent.server_share() * 100, 1) + "% of a core");
    rows_.emplace_back("server memory", fixed(static_cast<double>(memory) / (1u << 20), 1) + " MiB");
  }
  rows_.emplace_back("load generator", fixed(spent.own_share() * 100, 1) + "% of a core");
  if (spent.own_share() > busiest)
    warn("the load generator was " + fixed(spent.own_share() * 100, 0) +
         "% busy: it may have been the bottleneck. Rates and latencies are its own; CPU per " + unit + " still holds.");
}

int report::finish() {
  data_["warnings"] = warnings_;
  data_["failures"] = failures_;
  data_["ok"] = failures_.empty();
  const bool to_stdout = json_file_ == "-";
  auto* const table = to_stdout ? stderr : stdout;
  std::fprintf(table, "mdai-load %s against %s\n", data_["command"].get_ref<const std::string&>().c_str(),
               data_["parameters"]["target"].get_ref<const std::string&>().c_str());
  for (const auto& [label, text] : rows_)
    std::fprintf(table, "  %-24s  %s\n", label.c_str(), text.c_str());
  for (const auto& text : warnings_)
    std::fprintf(table, "  warning: %s\n", text.c_str());
  for (const auto& text : failures_)
    std::fprintf(table, "  FAILED: %s\n", text.c_str());
  const auto json = data_.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (to_stdout)
    std::fputs(json.c_str(), stdout);
  else if (!json_file_.empty() && !(std::ofstream{json_file_} << json).flush()) {
    std::fprintf(stderr, "mdai-load: cannot write %s\n", json_file_.c_str());
    return 1;
  }
  return failures_.empty() ? 0 : 1;
}

} // namespace mdai::load
