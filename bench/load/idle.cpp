#include "bench/load/measured.hpp"
#include "bench/load/pairs.hpp"

/// `mdai-load idle`: what a connection costs the server while nothing is said on it.
namespace mdai::load {
namespace {

struct idle_options : options {
  std::size_t connections = 10'000;
};

std::string mebibytes(std::uint64_t bytes) { return fixed(static_cast<double>(bytes) / (1u << 20), 1) + " MiB"; }

/// Watches the silence for as long as asked.
usage hold(bench& with, const fleet& all) {
  const stopwatch watch{with.meter};
  const auto end = clock::now() + to_duration(with.wish.seconds);
  with.on.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    with.show.tick_seconds("holding", watch.elapsed().seconds, with.wish.seconds, all.size());
    return now >= end || !all.failure().empty() ? std::nullopt : std::optional{std::min(end, now + milliseconds{200})};
  });
  return watch.elapsed();
}

sim::outcome<report> idle(bench& with, std::size_t count) {
  fleet all{with.on, with.server};
  const auto empty = with.meter.settled_bytes();
  if (auto added = add_lone_phones(with, all, 0, count); !added)
    return added.error();
  const auto before = with.meter.settled_bytes();
  const stopwatch watch{with.meter};
  if (auto opened = all.open(with.wish.at_once, with.wish.per_address, with.show); !opened)
    return opened.error();
  const auto opening = watch.elapsed();
  const auto after = with.meter.settled_bytes();
  const auto per = [&](std::uint64_t more, std::uint64_t less) {
    return (static_cast<double>(more) - static_cast<double>(less)) / static_cast<double>(count);
  };

  report out{"idle", with.wish};
  out.parameter("connections", count);
  out.figure("connections", count, "connections", grouped(count) + " in " + fixed(opening.seconds, 2) + " s");
  if (with.meter.present()) {
    out.figure("resident_bytes_at_first", empty, "memory at first", mebibytes(empty));
    out.figure("resident_bytes_before", before, "before connecting", mebibytes(before));
    out.figure("resident_bytes_after", after, "with all connections", mebibytes(after));
    out.figure("bytes_per_session", per(before, empty), "each session", fixed(per(before, empty), 0) + " bytes");
    out.figure("bytes_per_connection", per(after, before), "each connection", fixed(per(after, before), 0) + " bytes");
    out.figure("bytes_per_both", per(after, empty), "both together", fixed(per(after, empty), 0) + " bytes");
  }
  const auto silence = hold(with, all);
  if (with.meter.present())
    out.figure("silent_cpu_share", silence.server_share(), "CPU in the silence",
               fixed(silence.server_share() * 100, 2) + "% of a core over " + fixed(silence.seconds, 1) + " s");
  out.cost(opening, with.meter, count, "connection");
  if (!all.failure().empty())
    out.fail(all.failure());
  return out;
}

} // namespace

void add_idle(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<idle_options>();
  auto* sub = app.add_subcommand("idle", "Memory of connections on which nothing is said");
  add_basics(*sub, *o);
  add_dialect(*sub, *o);
  sub->add_option("--connections", o->connections, "How many, each a phone of a session of its own")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  sub->add_option("--seconds", o->seconds, "How long to hold them")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  sub->callback([o, &chosen] {
    chosen = [o] { return with_bench(*o, [&](bench& with) { return idle(with, o->connections); }); };
  });
}

} // namespace mdai::load
