#pragma once
#include <string>
#include <utility>
#include <vector>

#include "bench/load/histogram.hpp"
#include "bench/load/meter.hpp"
#include "bench/load/options.hpp"

namespace mdai::load {

/// What a run found out: a table for people, JSON for scripts.
class report {
public:
  /// The load generator is no measure of a server any more when it is busier than this.
  static constexpr double busiest = 0.85;

  report(std::string command, const options& o);

  void parameter(const char* name, nlohmann::ordered_json value) { data_["parameters"][name] = std::move(value); }
  /// A figure: into the JSON as it is, into the table as `text`.
  void figure(const char* name, nlohmann::ordered_json value, std::string label, std::string text);
  /// p50, p90, p99, p99.9 and max in microseconds.
  void latencies(const char* name, const std::string& label, const histogram& times);
  /// CPU of the server, each and per `count` things called `unit`; how busy we were ourselves.
  void cost(const usage& spent, const server_meter& server, std::uint64_t count, const std::string& unit);
  void warn(std::string text) { warnings_.push_back(std::move(text)); }
  void fail(std::string text) { failures_.push_back(std::move(text)); }

  /// Prints the table and writes the JSON. The exit status: 0 when nothing failed.
  int finish();

private:
  std::string json_file_;
  nlohmann::ordered_json data_;
  std::vector<std::pair<std::string, std::string>> rows_;
  std::vector<std::string> warnings_, failures_;
};

/// "1,234,567"
std::string grouped(std::uint64_t number);
/// `value` with `digits` behind the point.
std::string fixed(double value, int digits);

} // namespace mdai::load
