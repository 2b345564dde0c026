#include <benchmark/benchmark.h>

#include "protocol/crypto.hpp"
#include "protocol/qr.hpp"
#include "protocol/token.hpp"
#include "protocol/token_bucket.hpp"

namespace mdai {
namespace {

constexpr auto now = wall_time{seconds{1'000'000}};

token_claims claims() { return {object_id::make(now), "mobile", "0123456789abcdef", "", 1'000'000, 1'000'180}; }

const token_keys& keys() {
  static const token_keys k("mdai-broker", "0123456789abcdef0123456789abcdef", {"fedcba9876543210fedcba9876543210"});
  return k;
}

const crypto::key256& key() {
  static const auto k = crypto::derive_key("secret", "bench");
  return k;
}

void token_mint(benchmark::State& state) {
  auto c = claims();
  for (auto _ : state)
    benchmark::DoNotOptimize(keys().mint(c));
}
BENCHMARK(token_mint);

void token_verify(benchmark::State& state) {
  auto token = keys().mint(claims());
  for (auto _ : state)
    benchmark::DoNotOptimize(keys().verify(token, now));
}
BENCHMARK(token_verify);

void qr_seal(benchmark::State& state) {
  qr_content content{object_id::make(now), keys().mint(claims()), 1'000'000};
  for (auto _ : state)
    benchmark::DoNotOptimize(seal_qr(key(), content));
}
BENCHMARK(qr_seal);

void qr_draw_svg(benchmark::State& state) {
  auto text = seal_qr(key(), {object_id::make(now), keys().mint(claims()), 1'000'000}).value();
  for (auto _ : state)
    benchmark::DoNotOptimize(qr_svg(text));
}
BENCHMARK(qr_draw_svg)->Unit(benchmark::kMicrosecond);

void qr_draw_png(benchmark::State& state) {
  auto text = seal_qr(key(), {object_id::make(now), keys().mint(claims()), 1'000'000}).value();
  for (auto _ : state)
    benchmark::DoNotOptimize(qr_png(text));
}
BENCHMARK(qr_draw_png)->Unit(benchmark::kMicrosecond);

void make_object_id(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(object_id::make(now));
}
BENCHMARK(make_object_id);

void make_request_id(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(request_id_or_new(""));
}
BENCHMARK(make_request_id);

void hmac_of_200_bytes(benchmark::State& state) {
  std::string text(200, 'x');
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::hmac_sha256("0123456789abcdef0123456789abcdef", text));
}
BENCHMARK(hmac_of_200_bytes);

void seal_gcm_record(benchmark::State& state) {
  std::string record(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::seal_gcm(key(), record, "aad"));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(seal_gcm_record)->Arg(300)->Arg(1 << 20);

/// An image as a kiosk may send it at most.
const std::string& image() {
  static const auto text = crypto::base64(crypto::random_bytes(6u << 20));
  return text;
}

void recognise_base64_8_mib(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::is_base64(image()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image().size()));
}
BENCHMARK(recognise_base64_8_mib)->Unit(benchmark::kMillisecond);

void decode_base64_8_mib(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::decode_base64(image()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image().size()));
}
BENCHMARK(decode_base64_8_mib)->Unit(benchmark::kMillisecond);

void encode_base64_8_mib(benchmark::State& state) {
  std::string data(6u << 20, 'x');
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::base64(data));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image().size()));
}
BENCHMARK(encode_base64_8_mib)->Unit(benchmark::kMillisecond);

void bucket_take(benchmark::State& state) {
  token_bucket bucket(100, 200);
  token_bucket::time_point t{seconds{1}};
  for (auto _ : state)
    benchmark::DoNotOptimize(bucket.take(t += std::chrono::milliseconds{10}));
}
BENCHMARK(bucket_take);

} // namespace
} // namespace mdai

BENCHMARK_MAIN();
