/// What one relayed message costs: scan and filter, and nlohmann's parse and dump of the same text for scale.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "protocol/json.hpp"
#include "protocol/privacy_filter.hpp"

namespace {

using namespace mdai;

constexpr unsigned max_depth = 128;
constexpr std::array<std::string_view, 2> names = {"type", "data"};

const std::string& clean_message() {
  static const std::string text =
      R"({"type":"to_device","data":{"command":"start_scan","request":"5f1c0a9e77","user":{"name":"Zo\u00eb K.",)"
      R"("language":"en"},"options":{"timeout_ms":15000,"retries":3,"beep":true,"threshold":0.925},"seq":184467}})";
  return text;
}

const std::string& message_with_cuts() {
  static const std::string text =
      R"({"type":"to_device","platform_id":"PLT_9f8e7d6c5b4a","data":{"command":"start_scan","platform_id":)"
      R"("PLT_9f8e7d6c5b4a","user":{"name":"Zo\u00eb K.","platform_id":"x"},"options":{"timeout_ms":15000,"beep":true}}})";
  return text;
}

const std::string& base64_message() {
  static const std::string text = [] {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out = R"({"type":"to_device","data":{"image":")";
    std::uint64_t state = 42;
    for (std::size_t i = 0; i < (8u << 20); ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      out += alphabet[state >> 58];
    }
    return out + "\"}}";
  }();
  return text;
}

void scan(benchmark::State& state, const std::string& text) {
  std::array<std::optional<json::value>, 2> found;
  for (auto _ : state)
    benchmark::DoNotOptimize(json::scan_object(text, names, found, max_depth));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void filter(benchmark::State& state, const std::string& text) {
  const privacy_filter privacy{"PLT_9f8e7d6c5b4a"};
  std::array<std::optional<json::value>, 2> found;
  for (auto _ : state) {
    std::string out; // a payload takes it over, so each message pays for its own
    benchmark::DoNotOptimize(privacy.apply(text, out, max_depth, names, found));
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void nlohmann_parse_dump(benchmark::State& state, const std::string& text) {
  for (auto _ : state)
    benchmark::DoNotOptimize(nlohmann::json::parse(text).dump());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

BENCHMARK_CAPTURE(scan, clean, clean_message());
BENCHMARK_CAPTURE(scan, base64_8mib, base64_message());
BENCHMARK_CAPTURE(filter, clean, clean_message());
BENCHMARK_CAPTURE(filter, with_cuts, message_with_cuts());
BENCHMARK_CAPTURE(filter, base64_8mib, base64_message());
BENCHMARK_CAPTURE(nlohmann_parse_dump, clean, clean_message());
BENCHMARK_CAPTURE(nlohmann_parse_dump, with_cuts, message_with_cuts());
BENCHMARK_CAPTURE(nlohmann_parse_dump, base64_8mib, base64_message());

} // namespace

BENCHMARK_MAIN();
