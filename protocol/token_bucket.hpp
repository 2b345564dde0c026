#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mdai {

/// Lets `burst` events through at once and `rate` per second after that: in any window of t seconds at most
/// burst + rate * t, and never fewer than the rate allows. Exact: counts billionths of a token, in integers.
/// One thread at a time.
class token_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Starts full.
  token_bucket(std::uint32_t rate_per_second, std::uint32_t burst)
      : level_(burst * token)
      , rate_(rate_per_second)
      , burst_(burst) {}

  /// Whether one more event may pass at `now`. A `now` before an earlier one counts as that one.
  bool take(time_point now) {
    refill(now);
    if (level_ < token)
      return false;
    level_ -= token;
    return true;
  }

private:
  static constexpr std::uint64_t token = 1'000'000'000;

  void refill(time_point now) {
    if (now <= last_)
      return;
    auto elapsed = static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last_).count());
    last_ = now;
    // A nanosecond brings `rate` billionths. The division comes first: the product could overflow after a
    // long pause.
    auto missing = burst_ * token - level_;
    level_ += rate_ > 0 && elapsed > missing / rate_ ? missing : elapsed * rate_;
  }

  std::uint64_t level_;
  time_point last_{};
  std::uint32_t rate_, burst_;
};

} // namespace mdai
