#include "actors/loop_scheduler.hpp"

#include <mutex>

#include <caf/detail/simple_actor_clock.hpp>

#include "actors/log.hpp"
#include "transport/timer.hpp"

namespace mdai {

/// CAF's sorted timeouts on one timer of the loop. Locked, because detached actors and other loops set timeouts too; on
/// the relay path nobody does.
class loop_clock final : public caf::detail::simple_actor_clock {
  using super = caf::detail::simple_actor_clock;

public:
  explicit loop_clock(transport::loop& home)
      : home_(home)
      , timer_(home) {}

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, uint64_t id) override {
    locked([&] { super::set_ordinary_timeout(t, self, type, id); });
  }
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, uint64_t id) override {
    locked([&] { super::set_multi_timeout(t, self, type, id); });
  }
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override {
    locked([&] { super::set_request_timeout(t, self, id); });
  }
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override {
    locked([&] { super::cancel_ordinary_timeout(self, type); });
  }
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override {
    locked([&] { super::cancel_request_timeout(self, id); });
  }
  void cancel_timeouts(caf::abstract_actor* self) override {
    locked([&] { super::cancel_timeouts(self); });
  }
  void schedule_message(time_point t, caf::strong_actor_ptr to, caf::mailbox_element_ptr content) override {
    locked([&] { super::schedule_message(t, std::move(to), std::move(content)); });
  }
  void schedule_message(time_point t, caf::group to, caf::strong_actor_ptr from, caf::message content) override {
    locked([&] { super::schedule_message(t, std::move(to), std::move(from), std::move(content)); });
  }
  void cancel_all() override {
    locked([&] { super::cancel_all(); });
  }
  /// What is set from here on is dropped: it would pin actors that the end waits for.
  void stop() {
    std::lock_guard lock{mutex_};
    cancel_all();
    stopped_ = true;
    timer_.cancel();
  }

private:
  template <class F>
  void locked(F change) {
    std::lock_guard lock{mutex_};
    if (stopped_)
      return;
    change();
    rearm();
  }

  // A timer that fires early finds nothing due and is set again, so only an earlier deadline needs action.
  void rearm() {
    if (schedule_.empty() || schedule_.begin()->first >= armed_)
      return;
    armed_ = schedule_.begin()->first;
    home_.dispatch([this] { wait(); });
  }

  void wait() {
    std::lock_guard lock{mutex_};
    if (armed_ == time_point::max())
      return;
    timer_.set_at(armed_, [this] { fire(); });
  }

  void fire() {
    std::lock_guard lock{mutex_};
    armed_ = time_point::max();
    trigger_expired_timeouts();
    rearm();
  }

  transport::loop& home_;
  transport::timer timer_;
  std::recursive_mutex mutex_; // triggering a timeout may set another
  time_point armed_ = time_point::max();
  bool stopped_ = false;
};

/// First in, first out, in memory that is used again.
class run_queue {
public:
  bool empty() const { return next_ == jobs_.size(); }
  void push_back(caf::resumable* job) { jobs_.push_back(job); }
  caf::resumable* pop_front() {
    auto* job = jobs_[next_++];
    if (empty() || next_ >= worth_moving) {
      jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    return job;
  }

private:
  static constexpr std::size_t worth_moving = 4096;
  std::vector<caf::resumable*> jobs_;
  std::size_t next_ = 0;
};

/// One loop's actors that are ready. They run at the end of the loop's turn: what else the turn reads joins them.
class loop_unit final : public home_unit, private transport::loop::worker {
public:
  loop_unit(caf::actor_system& system, transport::loop& home, std::size_t max_throughput)
      : home_unit(&system)
      , home_(home)
      , clock_(home)
      , max_throughput_(max_throughput) {
    home_.set_worker(this);
  }
  ~loop_unit() override { home_.set_worker(nullptr); }

  void exec_later(caf::resumable* job) override {
    if (home_.is_current())
      local(job);
    else
      from_outside(job);
  }
  loop_clock& clock() { return clock_; }

  /// Runs all that is ready, on the calling thread. Whether anything was.
  bool work_off() {
    transport::loop::guard here{home_};
    bool any = false;
    while (home_.poll() || !queue_.empty()) {
      any = true;
      home_.turn([] {});
    }
    return any;
  }

private:
  void local(caf::resumable* job) {
    queue_.push_back(job);
    home_.end_turn_soon();
  }

  void from_outside(caf::resumable* job) {
    bool first;
    {
      std::lock_guard lock{mutex_};
      first = inbox_.empty();
      inbox_.push_back(job);
    }
    if (first) // one wake-up for all that gathers until the loop looks
      home_.post([this] { take_inbox(); });
  }

  void take_inbox() {
    {
      std::lock_guard lock{mutex_};
      taken_.swap(inbox_);
    }
    for (auto* job : taken_)
      queue_.push_back(job);
    taken_.clear();
  }

  void run_ready() override {
    for (int budget = 4096; budget > 0 && !queue_.empty(); --budget) {
      run(queue_.pop_front());
    }
    if (!queue_.empty() && !std::exchange(put_off_, true)) // let the sockets have their turn
      home_.post([this] { put_off_ = false; });
  }
  bool has_ready() const override { return !queue_.empty() && !put_off_; }

  void run(caf::resumable* job) {
    switch (job->resume(this, max_throughput_)) {
    case caf::resumable::resume_later:
      queue_.push_back(job);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(job);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
    }
  }

  transport::loop& home_;
  loop_clock clock_;
  std::size_t max_throughput_;
  run_queue queue_;
  bool put_off_ = false;
  std::mutex mutex_;
  std::vector<caf::resumable*> inbox_, taken_;
};

namespace {

/// CAF wants a printer for aout(); whatever CAF itself has to say goes to the log without its content.
class silent_printer final : public caf::monitorable_actor {
public:
  explicit silent_printer(caf::actor_config& cfg)
      : caf::monitorable_actor(cfg) {}
  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override { log::debug("caf_output_dropped"); }
};

} // namespace

void loop_scheduler::install(caf::actor_system_config& cfg, loops& l) {
  cfg.module_factories.push_back(
      [&l](caf::actor_system& system) -> caf::actor_system::module* { return new loop_scheduler(system, l); });
}

loop_scheduler::loop_scheduler(caf::actor_system& system, loops& l)
    : abstract_coordinator(system) {
  for (auto& one : l)
    units_.push_back(std::make_unique<loop_unit>(system, *one, 300));
}

loop_scheduler::~loop_scheduler() = default;

home_unit* loop_scheduler::home(caf::actor_system& system, std::size_t index) {
  auto& self = static_cast<loop_scheduler&>(system.scheduler());
  return self.units_[index % self.units_.size()].get();
}

loop_unit& loop_scheduler::here() const {
  auto l = transport::loop::current();
  return *units_[l && l->index() < units_.size() ? l->index() : 0];
}

void loop_scheduler::enqueue(caf::resumable* job) { here().exec_later(job); }

caf::actor_clock& loop_scheduler::clock() noexcept { return here().clock(); }

void loop_scheduler::start() {
  caf::actor_config cfg{units_.front().get()};
  utility_actors_[printer_id] =
      caf::make_actor<silent_printer, caf::actor>(system_.next_actor_id(), system_.node(), &system_, cfg);
}

void loop_scheduler::run_down(caf::actor_system& system) {
  auto& units = static_cast<loop_scheduler&>(system.scheduler()).units_;
  for (bool any = true; any;) { // what one loop does may wake another
    any = false;
    for (auto& u : units)
      any = u->work_off() || any;
  }
}

void loop_scheduler::stop() {
  for (auto& u : units_)
    u->clock().stop();
  run_down(system_);
  utility_actors_[printer_id] = nullptr;
}

} // namespace mdai
