#include <random>

#include <benchmark/benchmark.h>

#include "actors/hosted.hpp"
#include "actors/interfaces.hpp"
#include "actors/loop_scheduler.hpp"
#include "transport/timer.hpp"

// What holds 100,000 deadlines: CAF's sorted timeouts on a loop's clock (sessions), and a loop's timers (calls to the
// platform, sweeps).
namespace mdai {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct config : caf::actor_system_config {
  explicit config(loop_scheduler::loops& loops) {
    add_message_types<caf::id_block::mdai>();
    add_message_types<caf::id_block::mdai_handles>();
    loop_scheduler::install(*this, loops);
  }
};

using waiting_actor = caf::typed_actor<accepts<deadline>>;

struct waiting_state {
  using interface = waiting_actor;
  static inline const char* name = "bench.waiting";
  explicit waiting_state(interface::pointer) {}
  interface::behavior_type make_behavior() {
    return {[](const deadline&) {}};
  }
};

/// A loop that nobody runs, with many deadlines in the next three minutes; `due()` is one of them or one between.
class world {
public:
  explicit world(std::int64_t deadlines) {
    loops_.push_back(std::make_unique<transport::loop>(0));
    config_ = std::make_unique<config>(loops_);
    system_ = std::make_unique<caf::actor_system>(*config_);
    system_->await_actors_before_shutdown(false);
    waiter_ = spawn_on<waiting_state>(*system_, loop_scheduler::home(*system_, 0));
    transport::loop::guard here{home()};
    for (std::int64_t i = 0; i < deadlines; ++i)
      schedule(due());
  }
  ~world() {
    caf::anon_send_exit(waiter_, caf::exit_reason::kill);
    home().poll();
    waiter_ = nullptr;
  }
  transport::loop& home() { return *loops_[0]; }
  clock::time_point due() { return clock::now() + std::chrono::milliseconds{10'000 + random_() % 180'000}; }
  void schedule(clock::time_point when) {
    auto who = caf::actor_cast<caf::strong_actor_ptr>(waiter_);
    system_->clock().schedule_message(when, std::move(who),
                                      caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, deadline{}));
  }

private:
  std::mt19937 random_{1};
  loop_scheduler::loops loops_;
  std::unique_ptr<config> config_;
  std::unique_ptr<caf::actor_system> system_;
  waiting_actor waiter_;
};

/// A session's deadline is set once and comes once: here all that are set are due, so both are in the figure.
void deadline_set_and_kept(benchmark::State& state) {
  world w{state.range(0)};
  transport::loop::guard here{w.home()};
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i)
      w.schedule(clock::now());
    w.home().poll();
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(deadline_set_and_kept)->Arg(0)->Arg(100'000);

/// The timeout of a call that is answered in time.
void timer_set_and_cancelled(benchmark::State& state) {
  world w{0};
  transport::loop::guard here{w.home()};
  std::vector<std::unique_ptr<transport::timer>> others;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    others.push_back(std::make_unique<transport::timer>(w.home()));
    others.back()->set_at(w.due(), [] {});
  }
  transport::timer mine{w.home()};
  for (auto _ : state) {
    mine.set_at(w.due(), [] {});
    mine.cancel();
  }
}
BENCHMARK(timer_set_and_cancelled)->Arg(0)->Arg(100'000);

} // namespace
} // namespace mdai

BENCHMARK_MAIN();
