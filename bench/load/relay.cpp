#include "bench/load/pairs.hpp"
#include "bench/load/talk_run.hpp"

/// `mdai-load relay`: a closed loop. Each pair keeps a window of messages under way; each side answers each arrival.
namespace mdai::load {
namespace {

struct relay_options : options {
  std::uint32_t window = 1;
};

class relay_run final : public talk_run {
public:
  relay_run(bench& with, fleet& all, std::uint32_t window)
      : talk_run(with, all, with.wish.pairs)
      , window_(window)
      , departures_(with.wish.pairs * window) {}

private:
  void start(clock::time_point now) override {
    std::fill(departures_.begin(), departures_.end(), now);
    for (std::size_t i = 0; i < pairs(); ++i) {
      for (std::uint32_t n = 0; n < window_; ++n)
        phone(i).say();
      phone(i).flush();
    }
  }

  void on_heard(talker& by) override {
    if (now_in() == phase::ending)
      return;
    count_arrival();
    if (by.who().who == party::mobile)
      end_round_trip(by);
    by.say();
  }

  /// One is over, and the next one begins.
  void end_round_trip(const talker& by) {
    const auto now = clock::now();
    auto& departed = departures_[by.who().pair * window_ + (by.heard() - 1) % window_];
    times().add(static_cast<std::uint64_t>(nanoseconds{now - departed}.count()));
    departed = now;
  }

  void describe(report& out) const override { out.latencies("round_trip_us", "round trip", times()); }

  std::uint32_t window_;
  std::vector<clock::time_point> departures_; ///< of what each phone has under way, oldest overwritten first
};

sim::outcome<report> relay(bench& with, std::uint32_t window) {
  fleet all{with.on, with.server};
  if (auto opened = open_pairs(with, all); !opened)
    return opened.error();
  report out{"relay", with.wish};
  out.parameter("window", window);
  relay_run{with, all, window}.run(out);
  return out;
}

} // namespace

void add_relay(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<relay_options>();
  auto* sub = app.add_subcommand("relay", "Closed loop: each pair keeps a window of messages under way");
  add_basics(*sub, *o);
  add_dialect(*sub, *o);
  add_pairs(*sub, *o);
  add_duration(*sub, *o);
  sub->add_option("--window", o->window, "Messages of each pair under way at a time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  sub->callback(
      [o, &chosen] { chosen = [o] { return with_bench(*o, [&](bench& with) { return relay(with, o->window); }); }; });
}

} // namespace mdai::load
