#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "protocol/time.hpp"
#include "transport/timer.hpp"

namespace mdai::transport::detail {

using steady = std::chrono::steady_clock;

class connection_set;

/// A connection as the set of its loop sees it. On the loop's thread.
class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;

  /// Comes round about once a second: time to end what is overdue.
  virtual void sweep(steady::time_point now) = 0;
  /// Ends now, without ceremony.
  virtual void abort() = 0;

protected:
  /// The set it is in; nullptr when in none (any more).
  connection_set* set() const { return set_; }
  /// Leaves its set, which may have been the last to hold it.
  void leave();

private:
  friend class connection_set;
  connection_set* set_ = nullptr;
  std::size_t place_ = 0;
};

/// The live connections of one server on one loop. Owns them until they leave, and spares each a timer of its
/// own: one sweep for all looks at their deadlines. On the loop's thread.
class connection_set : public std::enable_shared_from_this<connection_set> {
public:
  explicit connection_set(loop& home)
      : home_(home)
      , timer_(home) {}
  ~connection_set();

  loop& home() const { return home_; }
  void add(std::shared_ptr<connection> c);
  void remove(connection& c);
  /// The same for one that moves on: no reference to it is left here.
  void release(connection& c) { take(c); }
  /// A deadline of `d` shall be met within a quarter of it: sweeps more often than once a second when `d` is
  /// short.
  void be_precise_for(milliseconds d);
  void abort_all();

private:
  std::shared_ptr<connection> take(connection& c);
  void arm();
  void sweep();
  void sweep_some();

  static constexpr int swept_at_once = 128;

  loop& home_;
  timer timer_;
  std::vector<std::shared_ptr<connection>> connections_;
  milliseconds period_{1'000};
  std::size_t unswept_ = 0; ///< those before that place have their turn in this sweep still to come
};

} // namespace mdai::transport::detail
