#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "actors/hosted.hpp"
#include "actors/interfaces.hpp"
#include "actors/loop_scheduler.hpp"

namespace mdai::test {
namespace {

using namespace std::chrono_literals;
using worker_actor = caf::typed_actor<accepts<frame>, accepts<deadline>, answers<bool, probe_device>>;

/// Tells the test where and when it was run.
struct worker {
  using interface = worker_actor;
  static inline const char* name = "test.worker";
  using report = std::function<void(worker&, const transport::loop*)>;

  worker(interface::pointer p, report on_frame, report on_deadline)
      : self(p)
      , frames(std::move(on_frame))
      , deadlines(std::move(on_deadline)) {}
  interface::behavior_type make_behavior() {
    return {[this](const frame&) { frames(*this, transport::loop::current()); },
            [this](const deadline&) { deadlines(*this, transport::loop::current()); },
            [this](const probe_device&) -> caf::result<bool> { return self->make_response_promise<bool>(); }};
  }
  interface::pointer self;
  report frames, deadlines;
};

class LoopScheduler : public ::testing::Test {
protected:
  struct config : caf::actor_system_config {
    explicit config(loop_scheduler::loops& loops) {
      add_message_types<caf::id_block::mdai>();
      add_message_types<caf::id_block::mdai_handles>();
      loop_scheduler::install(*this, loops);
    }
  };

  LoopScheduler() {
    for (unsigned i = 0; i < 3; ++i)
      loops.push_back(std::make_unique<transport::loop>(i));
    cfg = std::make_unique<config>(loops);
    system = std::make_unique<caf::actor_system>(*cfg);
    system->await_actors_before_shutdown(false);
  }
  ~LoopScheduler() override {
    stop();
    system.reset();
  }
  void start() {
    for (auto& l : loops)
      threads.emplace_back([&l] { l->run(); });
  }
  void stop() {
    for (auto& l : loops)
      l->stop();
    for (auto& t : std::exchange(threads, {}))
      t.join();
  }
  worker_actor spawn(std::size_t loop, worker::report on_frame, worker::report on_deadline = {}) {
    return spawn_on<worker>(*system, loop_scheduler::home(*system, loop), std::move(on_frame), std::move(on_deadline));
  }
  template <class T>
  static T wait(std::future<T> f) {
    if (f.wait_for(30s) != std::future_status::ready)
      throw std::runtime_error{"nothing happened"};
    return f.get();
  }

  loop_scheduler::loops loops;
  std::unique_ptr<config> cfg;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::thread> threads;
};

TEST_F(LoopScheduler, AnActorRunsOnItsHomeLoopWhoeverSends) {
  std::promise<const transport::loop*> from_outside, from_another;
  auto second = spawn(2, [&](worker&, auto l) { from_another.set_value(l); });
  auto first = spawn(1, [&](worker& me, auto l) {
    me.self->send(second, frame{});
    from_outside.set_value(l);
  });
  start();
  caf::anon_send(first, frame{});
  EXPECT_EQ(wait(from_outside.get_future()), loops[1].get());
  EXPECT_EQ(wait(from_another.get_future()), loops[2].get());
}

TEST_F(LoopScheduler, ADelayedMessageComesOnTheHomeLoopAndNotEarly) {
  std::promise<std::pair<const transport::loop*, std::chrono::steady_clock::time_point>> fired;
  auto begin = std::chrono::steady_clock::now();
  auto a = spawn(
      1, [](worker& me, auto) { me.self->delayed_send(me.self, 20ms, deadline{}); },
      [&](worker&, auto l) {
        fired.set_value({l, std::chrono::steady_clock::now()});
      });
  start();
  caf::anon_send(a, frame{});
  auto [where, when] = wait(fired.get_future());
  EXPECT_EQ(where, loops[1].get());
  EXPECT_GE(when - begin, 20ms);
}

TEST_F(LoopScheduler, TimersFireInTheOrderOfTheirTimesWhateverTheOrderOfSetting) {
  std::vector<int> order; // touched on one loop
  std::promise<void> done;
  auto a = spawn(0, [&](worker& me, auto) {
    auto other = [&](int n) {
      return spawn(
          0, [](worker&, auto) {},
          [&, n](worker&, auto) {
            order.push_back(n);
            if (order.size() == 3)
              done.set_value();
          });
    };
    me.self->delayed_send(other(3), 30ms, deadline{});
    me.self->delayed_send(other(1), 1ms, deadline{});
    me.self->delayed_send(other(2), 15ms, deadline{});
  });
  start();
  caf::anon_send(a, frame{});
  wait(done.get_future());
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(LoopScheduler, ARequestWithoutAnAnswerTimesOutOnItsOwnLoop) {
  std::promise<std::pair<const transport::loop*, bool>> told;
  auto silent = spawn(2, {});
  auto asking = spawn(1, [&](worker& me, auto) {
    me.self->request(silent, 10ms, probe_device{})
        .then([](bool) {},
              [&](const caf::error& e) {
                told.set_value({transport::loop::current(), e == caf::sec::request_timeout});
              });
  });
  start();
  caf::anon_send(asking, frame{});
  EXPECT_EQ(wait(told.get_future()), std::pair(static_cast<const transport::loop*>(loops[1].get()), true));
  caf::anon_send_exit(silent, caf::exit_reason::kill); // its promise would hold it for ever
}

TEST_F(LoopScheduler, ManyThreadsLoseNoMessage) {
  constexpr int senders = 4, each = 20'000;
  std::promise<void> all;
  int seen = 0; // touched on one loop
  auto a = spawn(1, [&](worker&, auto) {
    if (++seen == senders * each)
      all.set_value();
  });
  start();
  std::vector<std::thread> crowd;
  for (int i = 0; i < senders; ++i)
    crowd.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        caf::anon_send(a, frame{});
    });
  for (auto& t : crowd)
    t.join();
  wait(all.get_future());
}

TEST_F(LoopScheduler, AnActorThatNeverRestsLetsTheLoopsOtherWorkThrough) {
  std::promise<void> posted;
  auto busy = spawn(0, [](worker& me, auto) { me.self->send(me.self, frame{}); });
  start();
  caf::anon_send(busy, frame{});
  loops[0]->post([&] { loops[0]->post([&] { posted.set_value(); }); });
  wait(posted.get_future());
  caf::anon_send_exit(busy, caf::exit_reason::kill);
}

TEST_F(LoopScheduler, ShutdownWithWorkAndTimersPendingEndsAndLeaksNothing) {
  auto alive = counters_of(worker::name).alive.load();
  {
    auto a = spawn(
        0, [](worker& me, auto) { me.self->delayed_send(me.self, 1h, deadline{}); }, [](worker&, auto) {});
    auto b = spawn(1, [a](worker& me, auto) { me.self->send(a, frame{}); });
    start();
    for (int i = 0; i < 1000; ++i)
      caf::anon_send(b, frame{});
    stop();
    for (int i = 0; i < 1000; ++i)
      caf::anon_send(b, frame{}); // nobody runs any more
  }
  system.reset();
  EXPECT_EQ(counters_of(worker::name).alive, alive);
}

} // namespace
} // namespace mdai::test
