#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mdai {

/// Lets `burst` events through at once and `rate` in a period of so many seconds after that: in any window of t periods
/// at most burst + rate * t, and never fewer than the rate allows. Exact: counts parts of a token in integers, as many
/// as the period has nanoseconds; a burst that would not fit (with a period of a day, one of more than 100,000) is cut.
/// One thread at a time.
template <std::int64_t PeriodSeconds>
class periodic_token_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Starts full.
  periodic_token_bucket(std::uint32_t rate, std::uint32_t burst)
      : rate_(rate)
      , burst_(static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, most / token)))
      , level_(burst_ * token) {}

  /// Whether one more event may pass at `now`. A `now` before an earlier one counts as that one.
  bool take(time_point now) {
    refill(now);
    if (level_ < token)
      return false;
    level_ -= token;
    return true;
  }

  /// How long until `take` may answer true; nothing when it may now. Needs a rate.
  std::chrono::nanoseconds wait(time_point now) {
    refill(now);
    auto missing = level_ < token ? token - level_ : 0;
    return std::chrono::nanoseconds{static_cast<std::int64_t>((missing + rate_ - 1) / rate_)};
  }

private:
  static constexpr std::uint64_t token = PeriodSeconds * 1'000'000'000, most = std::uint64_t{1} << 63;

  void refill(time_point now) {
    if (now <= last_)
      return;
    auto elapsed = static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last_).count());
    last_ = now;
    // A nanosecond brings `rate` parts. The division comes first: the product could overflow after a
    // long pause.
    auto missing = burst_ * token - level_;
    level_ += rate_ > 0 && elapsed > missing / rate_ ? missing : elapsed * rate_;
  }

  std::uint32_t rate_, burst_;
  std::uint64_t level_;
  time_point last_{};
};

using token_bucket = periodic_token_bucket<1>;

} // namespace mdai
