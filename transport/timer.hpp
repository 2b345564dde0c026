#pragma once
#include <functional>

#include "transport/loop.hpp"

namespace mdai::transport {

/// Calls somebody once, in a turn of its own, at a point of time or soon after it (never before; the loop waits in
/// milliseconds). On the loop's thread; may outlive the loop.
class timer {
public:
  using clock = loop::clock;

  explicit timer(loop& home)
      : home_(home) {}
  ~timer() { cancel(); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  /// Replaces what was set before.
  void set_at(clock::time_point when, std::function<void()> then);
  void set_after(clock::duration d, std::function<void()> then) { set_at(clock::now() + d, std::move(then)); }
  void cancel();
  bool is_set() const { return armed_; }

private:
  friend class loop;
  void fire();

  loop& home_;
  std::function<void()> then_;
  loop::schedule::iterator place_{};
  loop::schedule::node_type spare_; ///< its place when it is not set, so that it need not ask for memory again
  bool armed_ = false;
};

} // namespace mdai::transport
