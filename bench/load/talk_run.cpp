#include "bench/load/talk_run.hpp"

#include "bench/load/measured.hpp"

namespace mdai::load {
using namespace std::chrono_literals;

talk_run::talk_run(bench& with, fleet& all, std::size_t pairs)
    : with_(with)
    , all_(all)
    , pairs_(pairs) {
  all.listen(*this);
}

void talk_run::begin_measuring(clock::time_point now) {
  phase_ = phase::measuring;
  from_ = now;
  until_ = now + to_duration(with_.wish.seconds);
  relayed_ = 0;
  times_.clear();
  watch_.emplace(with_.meter);
}

void talk_run::end_measuring(clock::time_point now) {
  constexpr auto patience = 5s;
  spent_ = watch_->elapsed();
  measured_ = relayed_;
  phase_ = phase::ending;
  until_ = now + patience;
}

/// Messages that were said and not heard.
std::uint64_t talk_run::missing() const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 2 * pairs_; i += 2)
    out += (all_[i].said() - all_[i + 1].heard()) + (all_[i + 1].said() - all_[i].heard());
  return out;
}

/// Goes on to the next phase in its time. False: all is over.
bool talk_run::look(clock::time_point now) {
  constexpr auto often = 50ms;
  if (!all_.failure().empty())
    return false;
  if (phase_ == phase::measuring)
    with_.show.tick_seconds("measuring", std::chrono::duration<double>{now - from_}.count(), with_.wish.seconds,
                            relayed_);
  if (phase_ == phase::ending && missing() == 0)
    return false;
  if (now >= until_) {
    if (phase_ == phase::ending)
      return false;
    phase_ == phase::warming_up ? begin_measuring(now) : end_measuring(now);
  }
  next_look_ = std::min(until_, now + often);
  return true;
}

std::optional<clock::time_point> talk_run::turn() {
  const auto now = clock::now();
  if (now >= next_look_ && !look(now))
    return std::nullopt;
  return phase_ == phase::ending ? next_look_ : std::min(next_look_, go_on(now));
}

void talk_run::run(report& out) {
  const auto now = clock::now();
  until_ = now + to_duration(with_.wish.warmup);
  start(now);
  with_.on.run([this] { return turn(); });
  if (phase_ == phase::measuring)
    end_measuring(clock::now()); // it failed: the figures are those until then

  const double rate = spent_.seconds == 0 ? 0 : static_cast<double>(measured_) / spent_.seconds;
  out.figure("messages", measured_, "relayed", grouped(measured_) + " messages in " + fixed(spent_.seconds, 2) + " s");
  out.figure("messages_per_second", rate, "throughput", grouped(static_cast<std::uint64_t>(rate)) + " messages/s");
  describe(out);
  out.cost(spent_, with_.meter, measured_, "message");
  if (!all_.failure().empty())
    out.fail(all_.failure());
  else if (measured_ == 0)
    out.fail("no message came through");
  else if (const auto lost = missing(); lost > 0)
    out.fail(grouped(lost) + " messages did not arrive");
}

} // namespace mdai::load
