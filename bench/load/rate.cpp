#include <cmath>

#include "bench/load/pairs.hpp"
#include "bench/load/talk_run.hpp"

/// `mdai-load rate`: an open loop. Message k is due k/R seconds after the start, whatever became of those before it,
/// and its latency counts from then: a server that stalls pays for all that it kept waiting (no coordinated omission).
namespace mdai::load {
namespace {

struct rate_options : options {
  double rate = 5000;
  std::size_t idle_beside = 0;
};

class rate_run final : public talk_run {
public:
  rate_run(bench& with, fleet& all, double rate)
      : talk_run(with, all, with.wish.pairs)
      , apart_ns_(1e9 / rate) {}

private:
  /// The pairs take turns, and in every second round their kiosks speak: half of the messages carry a platform_id.
  std::uint64_t number(std::size_t pair, party from, std::uint32_t nth) const {
    return (2 * std::uint64_t{nth} + (from == party::device ? 1 : 0)) * pairs() + pair;
  }
  clock::time_point due(std::uint64_t number) const {
    return start_ + nanoseconds{static_cast<std::int64_t>(std::llround(apart_ns_ * static_cast<double>(number)))};
  }

  void start(clock::time_point now) override { start_ = now; }

  clock::time_point go_on(clock::time_point now) override {
    for (; due(next_) <= now; ++next_) {
      auto& speaker = next_ / pairs() % 2 == 0 ? phone(next_ % pairs()) : kiosk(next_ % pairs());
      speaker.say();
      speaker.flush();
    }
    return due(next_);
  }

  void on_heard(talker& by) override {
    const auto intended = due(number(by.who().pair, other(by.who().who), by.heard() - 1));
    if (now_in() == phase::warming_up || intended < measured_from())
      return;
    times().add(static_cast<std::uint64_t>(std::max(nanoseconds{0}, nanoseconds{clock::now() - intended}).count()));
    if (now_in() == phase::measuring)
      count_arrival();
  }

  void describe(report& out) const override { out.latencies("latency_us", "latency from when due", times()); }

  double apart_ns_;
  clock::time_point start_{};
  std::uint64_t next_ = 0;
};

sim::outcome<report> run_at_rate(bench& with, double rate, std::size_t idle_beside) {
  fleet all{with.on, with.server}, idle{with.on, with.server};
  const auto first = static_cast<std::uint32_t>(with.wish.pairs);
  if (auto added = add_lone_phones(with, idle, first, idle_beside); !added)
    return added.error();
  if (auto opened = idle.open(with.wish.at_once, with.wish.per_address, with.show); !opened)
    return opened.error();
  if (auto opened = open_pairs(with, all); !opened)
    return opened.error();
  report out{"rate", with.wish};
  out.parameter("rate", rate);
  out.parameter("idle_beside", idle_beside);
  rate_run{with, all, rate}.run(out);
  if (!idle.failure().empty())
    out.fail("beside: " + idle.failure());
  return out;
}

} // namespace

void add_rate(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<rate_options>();
  auto* sub = app.add_subcommand("rate", "Open loop at a fixed rate, latency from when each message was due");
  add_basics(*sub, *o);
  add_dialect(*sub, *o);
  add_pairs(*sub, *o);
  add_duration(*sub, *o);
  sub->add_option("--rate", o->rate, "Messages per second over all pairs and both directions")
      ->check(CLI::Range(1.0, 10'000'000.0))
      ->capture_default_str();
  sub->add_option("--idle-beside", o->idle_beside, "Phones without kiosks, connected and silent")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  sub->callback([o, &chosen] {
    chosen = [o] { return with_bench(*o, [&](bench& with) { return run_at_rate(with, o->rate, o->idle_beside); }); };
  });
}

} // namespace mdai::load
