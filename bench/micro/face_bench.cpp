/// What one frame costs the embedded engine, of 640x480 and on one core, and what one search costs.
#include <random>

#include <benchmark/benchmark.h>

#include "tests/support/face_renderer.hpp"
#include "vision/classical_engine.hpp"
#include "vision/liveness.hpp"
#include "vision/template_index.hpp"

namespace {

using namespace mdai;
using namespace mdai::vision;

std::unique_ptr<face_engine> open() {
  std::string why;
  return std::move(open_classical({}, why).value());
}

std::vector<std::string> frames_of(unsigned identity, int count) {
  std::vector<std::string> out;
  const test::performance who{.identity = identity, .blinks = {8, 18, 28}, .turns = {12}, .seed = identity};
  for (int i = 0; i < count; ++i)
    out.push_back(test::jpeg_of(test::moment_of(who, i)));
  return out;
}

/// A person before the camera: everything from JPEG to liveness.
void whole_frame(benchmark::State& state, bool descriptor) {
  const auto engine = open();
  const auto frames = frames_of(3, 40);
  const auto track = engine->open_track();
  liveness_tracker liveness;
  std::size_t i = 0;
  for (auto _ : state)
    liveness.observe(track->analyze(frames[i++ % frames.size()], {descriptor}).value());
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(whole_frame, described, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole_frame, not_described, false)->Unit(benchmark::kMillisecond);

/// The dearest frame: nobody is there, so every way of looking is tried now and then.
void empty_frame(benchmark::State& state) {
  const auto engine = open();
  const auto track = engine->open_track();
  test::raster wall{640, 480, std::vector<std::uint8_t>(640 * 480 * 3, 120)};
  std::vector<std::string> frames;
  for (std::uint8_t shade = 0; shade < 6; ++shade) {
    wall.bgr[0] = shade * 40;
    frames.push_back(test::to_jpeg(wall));
  }
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(track->analyze(frames[i++ % frames.size()], {}));
}
BENCHMARK(empty_frame)->Unit(benchmark::kMillisecond);

face::embedding random_face(std::mt19937& random) {
  std::normal_distribution<float> normal;
  face::embedding one(1024);
  for (auto& value : one)
    value = normal(random);
  return mean_of({&one, 1});
}

/// Among so many templates of as many people, exactly.
void search(benchmark::State& state) {
  std::mt19937 random(1);
  template_index index({.dimension = 1024});
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const auto one = random_face(random);
    index.replace(std::to_string(i), {&one, 1});
  }
  const auto probe = random_face(random);
  for (auto _ : state)
    benchmark::DoNotOptimize(index.search(probe));
}
BENCHMARK(search)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
