#pragma once
#include <chrono>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "bench/sim/outcome.hpp"
#include "protocol/time.hpp"

namespace mdai::sim {

namespace net = boost::asio;

/// All the I/O of one simulator on one thread. Nothing runs between two waits: whoever waits runs everybody's
/// sockets, so callers read like blocking code and need no locks. SIGINT and SIGTERM end the current wait, a
/// second one the process.
class reactor {
public:
  enum class wait_end { done, timed_out, interrupted };

  reactor();

  net::io_context& io() { return io_; }
  bool interrupted() const { return interrupted_; }

  /// Runs I/O until `done()` holds, for at most `limit`.
  template <class Predicate>
  wait_end run_until(Predicate done, milliseconds limit) {
    return run(done, limit, true);
  }

  /// The same, also after an interruption: for saying goodbye.
  template <class Predicate>
  bool finish(Predicate done, milliseconds limit) {
    return run(done, limit, false) == wait_end::done;
  }

private:
  template <class Predicate>
  wait_end run(Predicate& done, milliseconds limit, bool heed_signals) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (heed_signals && interrupted_)
        return wait_end::interrupted;
      // The waiting signal set is work, so 0 can only mean that the time is up.
      if (io_.run_one_until(end) == 0)
        return done() ? wait_end::done : wait_end::timed_out;
    }
    return wait_end::done;
  }
  void await_signal();

  net::io_context io_{1};
  net::signal_set signals_;
  bool interrupted_ = false;
};

/// What a wait that did not end with `done` means: "no <what> within 5000 ms" or "interrupted".
failure describe(reactor::wait_end end, const std::string& what, milliseconds limit);

} // namespace mdai::sim
