#include "transport/loop.hpp"

#include <algorithm>
#include <iterator>

#include "transport/detail/poller.hpp"
#include "transport/timer.hpp"

namespace mdai::transport {

loop::loop(unsigned index)
    : index_(index)
    , sockets_(std::make_unique<detail::poller>(*this)) {}

loop::~loop() {
  for (auto& [when, t] : timers_)
    t->armed_ = false;
  while (!posts_.empty() || !from_outside_.empty()) { // what dies with one may post another
    auto gone = std::exchange(posts_, {});
    auto gone_too = std::exchange(from_outside_, {});
  }
}

void loop::run() {
  guard here{*this};
  const auto stopped = [this] {
    std::lock_guard lock{mutex_};
    return stopped_;
  };
  while (!stopped())
    step(true);
}

void loop::stop() {
  std::lock_guard lock{mutex_};
  stopped_ = true;
  sockets_->wake();
}

bool loop::poll() {
  guard here{*this};
  return step(false);
}

void loop::enqueue(task_ptr t) {
  if (is_current())
    return static_cast<void>(posts_.push_back(std::move(t)));
  std::lock_guard lock{mutex_};
  from_outside_.push_back(std::move(t));
  if (std::exchange(asleep_, false))
    sockets_->wake();
}

/// Waits for something to happen and does it. Whether anything did.
bool loop::step(bool may_wait) {
  const int ready = sockets_->wait(patience(may_wait));
  if (ready > 0)
    turn([this] { sockets_->serve(); });
  const bool due = run_timers();
  const bool posted = run_posts();
  return ready > 0 || due || posted;
}

/// How long it may wait, in milliseconds; -1: for ever.
int loop::patience(bool may_wait) {
  if (!may_wait || !posts_.empty() || turn_wanted_)
    return 0;
  int longest = -1;
  if (!timers_.empty()) {
    // Rounded up, because a timer that is looked for too early costs another round.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - clock::now()).count();
    longest = static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
  }
  std::lock_guard lock{mutex_};
  asleep_ = from_outside_.empty() && !stopped_ && longest != 0;
  return asleep_ ? longest : 0;
}

bool loop::run_timers() {
  if (timers_.empty())
    return false;
  const auto now = clock::now();
  bool any = false;
  while (!timers_.empty() && timers_.begin()->first <= now) { // one that is set anew lies in the future
    any = true;
    turn([this] { timers_.begin()->second->fire(); });
  }
  return any;
}

bool loop::run_posts() {
  {
    std::lock_guard lock{mutex_};
    asleep_ = false;
    std::move(from_outside_.begin(), from_outside_.end(), std::back_inserter(posts_));
    from_outside_.clear();
  }
  if (std::exchange(turn_wanted_, false))
    turn([] {});
  const bool any = !posts_.empty();
  for (auto left = posts_.size(); left > 0; --left) { // what they post has its turn after the sockets
    const auto one = std::move(posts_.front());
    posts_.pop_front();
    turn([&one] { one->run(); });
  }
  return any;
}

void loop::end_turn() {
  do {
    if (worker_)
      worker_->run_ready();
    sockets_->flush();
  } while (worker_ && worker_->has_ready());
  in_turn_ = false;
  // What dies here may have last words: they are for another turn.
  for (auto gone = std::exchange(retired_, {}); !gone.empty(); gone = std::exchange(retired_, {}))
    gone.clear();
}

void loop::retire(std::shared_ptr<void> x) {
  retired_.push_back(std::move(x));
  end_turn_soon();
}

} // namespace mdai::transport
