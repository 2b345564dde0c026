#pragma once

namespace mdai {

/// Circuit breaker without a clock: after `threshold` failures in a row only one caller at a time may try (the trial),
/// the others wait for what it finds. So a slow dead backend costs one connection, and the first sign of life
/// lets everybody through at once: nobody is refused by a timer that has not noticed yet.
class breaker {
public:
  explicit breaker(unsigned threshold = 10)
      : threshold_(threshold) {}

  enum class verdict { go, wait };
  verdict on_call() {
    if (!open() || !trial_) {
      trial_ = open();
      return verdict::go;
    }
    return verdict::wait;
  }
  /// The call that was let go ended. True when waiting callers may ask again with hope, false when they should
  /// share its failure.
  bool on_result(bool success) {
    trial_ = false;
    failures_ = success ? 0 : failures_ + (failures_ < threshold_);
    return success;
  }
  bool open() const { return failures_ >= threshold_; }

private:
  unsigned threshold_;
  unsigned failures_ = 0;
  bool trial_ = false;
};

} // namespace mdai
