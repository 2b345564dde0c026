#include "bench/load/creator.hpp"
#include "bench/load/report.hpp"

/// `mdai-load create`: sessions created over kept-alive HTTP.
namespace mdai::load {
namespace {

struct create_options : options {
  std::size_t concurrency = 64, count = 20'000;
};

sim::outcome<report> create(bench& with, std::size_t concurrency, std::size_t count) {
  session_creator creator{with, concurrency};
  // One each beforehand: connecting and TLS handshakes are not what is measured.
  if (auto warm = creator.create(concurrency); !warm)
    return warm.error();
  creator.latencies().clear();
  const stopwatch watch{with.meter};
  if (auto done = creator.create(count); !done)
    return done.error();
  const auto spent = watch.elapsed();

  report out{"create", with.wish};
  out.parameter("concurrency", concurrency);
  out.parameter("count", count);
  const double rate = static_cast<double>(count) / spent.seconds;
  out.figure("sessions", count, "created", grouped(count) + " sessions in " + fixed(spent.seconds, 2) + " s");
  out.figure("sessions_per_second", rate, "throughput", grouped(static_cast<std::uint64_t>(rate)) + " sessions/s");
  out.latencies("answer_us", "answer", creator.latencies());
  out.cost(spent, with.meter, count, "session");
  return out;
}

} // namespace

void add_create(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<create_options>();
  auto* sub = app.add_subcommand("create", "Creates sessions over kept-alive HTTP (HTTPS for a wss:// target)");
  add_basics(*sub, *o);
  sub->add_option("--bearer", o->bearer, "Users' bearer tokens begin with this; a number follows")
      ->capture_default_str();
  sub->add_option("--concurrency", o->concurrency, "Connections, each with one request under way")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  sub->add_option("--count", o->count, "Sessions to create")->check(CLI::Range(1, 100'000'000))->capture_default_str();
  sub->callback([o, &chosen] {
    chosen = [o] { return with_bench(*o, [&](bench& with) { return create(with, o->concurrency, o->count); }); };
  });
}

} // namespace mdai::load
