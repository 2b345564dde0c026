#pragma once
#include "protocol/time.hpp"
#include "protocol/token_bucket.hpp"

namespace mdai::face {

/// How often one stream's frames may come: a token bucket that forgives a browser's jitter, and a pause between two
/// that no burst shortens. What is refused costs nothing. One thread at a time.
class frame_throttle {
public:
  using time_point = token_bucket::time_point;

  static constexpr std::uint32_t frames_per_second = 10, burst = 3;
  static constexpr milliseconds shortest_pause{80};

  /// Whether a frame that comes at `now` may be looked at.
  bool take(time_point now) {
    if (now < next_ || !bucket_.take(now))
      return false;
    next_ = now + shortest_pause;
    return true;
  }

private:
  token_bucket bucket_{frames_per_second, burst};
  time_point next_{}; ///< not before
};

} // namespace mdai::face
