#include "transport/timer.hpp"

namespace mdai::transport {

void timer::set_at(clock::time_point when, std::function<void()> then) {
  cancel();
  then_ = std::move(then);
  if (spare_) {
    spare_.key() = when;
    place_ = home_.timers_.insert(std::move(spare_));
  } else {
    place_ = home_.timers_.emplace(when, this);
  }
  armed_ = true;
}

void timer::cancel() {
  if (std::exchange(armed_, false))
    spare_ = home_.timers_.extract(place_);
  then_ = nullptr;
}

/// It may be set anew, or die, in the call.
void timer::fire() {
  const auto then = std::move(then_);
  cancel();
  then();
}

} // namespace mdai::transport
