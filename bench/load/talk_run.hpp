#pragma once
#include "bench/load/bench.hpp"
#include "bench/load/fleet.hpp"
#include "bench/load/report.hpp"

namespace mdai::load {

/// Pairs talk: first to warm up, then they are measured, then they fall silent and all that is under way must arrive.
class talk_run : protected talk_events {
public:
  /// The first `pairs` pairs of `all` talk.
  talk_run(bench& with, fleet& all, std::size_t pairs);
  /// Runs, and reports what it cost and what went wrong.
  void run(report& out);

protected:
  enum class phase : std::uint8_t { warming_up, measuring, ending };

  ~talk_run() = default;
  virtual void start(clock::time_point now) = 0;
  /// Says what is due by `now`; when to be called again. Not called while ending.
  virtual clock::time_point go_on(clock::time_point) { return clock::time_point::max(); }
  /// What times() are the times of, in the report.
  virtual void describe(report& out) const = 0;

  talker& phone(std::size_t pair) { return all_[2 * pair]; }
  talker& kiosk(std::size_t pair) { return all_[2 * pair + 1]; }
  std::size_t pairs() const { return pairs_; }
  phase now_in() const { return phase_; }
  /// When measuring began.
  clock::time_point measured_from() const { return from_; }
  void count_arrival() { ++relayed_; }
  histogram& times() { return times_; }
  const histogram& times() const { return times_; }

private:
  std::optional<clock::time_point> turn();
  bool look(clock::time_point now);
  void begin_measuring(clock::time_point now);
  void end_measuring(clock::time_point now);
  std::uint64_t missing() const;

  bench& with_;
  fleet& all_;
  std::size_t pairs_;
  phase phase_ = phase::warming_up;
  clock::time_point from_{}, until_{}, next_look_{};
  std::optional<stopwatch> watch_;
  usage spent_;
  std::uint64_t relayed_ = 0, measured_ = 0;
  histogram times_;
};

} // namespace mdai::load
