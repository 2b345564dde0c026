#pragma once
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace mdai::transport {

namespace net = boost::asio;

namespace detail {
class poller;
}

/// One I/O thread: sockets, timers and the actors of one core. What belongs to a loop is touched on its thread only;
/// everybody else posts.
///
/// It works in turns: something happens (sockets are ready, a post, a timer), then the actors that this made ready run,
/// then what they had to say goes out, in one call per socket. So messages that come together leave together.
class loop {
public:
  explicit loop(unsigned index);
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  unsigned index() const { return index_; }
  net::io_context& io() { return io_; }

  /// Runs until stop(); the calling thread becomes the loop's thread.
  void run();
  /// Any thread.
  void stop() { io_.stop(); }

  /// The loop that runs on the calling thread, or nullptr.
  static loop* current() { return current_; }
  bool is_current() const { return current_ == this; }

  /// Later, in a turn of its own, in the order of the posts. Any thread.
  template <class F>
  void post(F&& f) {
    net::post(io_, [this, f = std::forward<F>(f)]() mutable { turn(f); });
  }
  /// Now when on the loop's thread, else as post().
  template <class F>
  void dispatch(F&& f) {
    if (is_current())
      std::forward<F>(f)();
    else
      post(std::forward<F>(f));
  }

  // -- on the loop's thread -------------------------------------------------------------------------------------------

  /// `f` and its consequences. Within a turn: joins it.
  template <class F>
  void turn(F&& f) {
    if (in_turn_)
      return static_cast<void>(f());
    in_turn_ = true;
    f();
    end_turn();
  }
  bool in_turn() const { return in_turn_; }
  /// Outside of a turn something has been left to its end.
  void end_turn_soon();
  /// Keeps `x` until the end of the turn: whoever is just being called in it stays alive.
  void retire(std::shared_ptr<void> x);

  /// What runs at the end of each turn: the actors.
  class worker {
  public:
    virtual void run_ready() = 0;
    virtual bool has_ready() const = 0;

  protected:
    ~worker() = default;
  };
  /// Once, before the loop runs; nullptr when it goes.
  void set_worker(worker* w) { worker_ = w; }

  /// The connected sockets.
  detail::poller& wires() { return *wires_; }

  /// Makes the calling thread act as this loop's while it lives (start and end of a process, tests).
  class guard {
  public:
    explicit guard(loop& l)
        : previous_(current_) {
      current_ = &l;
    }
    ~guard() { current_ = previous_; }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

  private:
    loop* previous_;
  };

private:
  void end_turn();
  void watch();

  static inline thread_local loop* current_ = nullptr;
  unsigned index_;
  std::unique_ptr<detail::poller> wires_; ///< outlives all that may hold a wire
  net::io_context io_;
  net::posix::basic_stream_descriptor<net::io_context::executor_type> wires_ready_;
  worker* worker_ = nullptr;
  bool in_turn_ = false, turn_posted_ = false;
  std::vector<std::shared_ptr<void>> retired_;
};

} // namespace mdai::transport
