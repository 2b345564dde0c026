#pragma once
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace mdai::transport {

namespace net = boost::asio;

class timer;

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
  using clock = std::chrono::steady_clock;

  explicit loop(unsigned index);
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  unsigned index() const { return index_; }

  /// Runs until stop(); the calling thread becomes the loop's thread.
  void run();
  /// Any thread.
  void stop();
  /// Does what there is to do by now, on the calling thread, and does not wait. Whether there was anything. For the
  /// time when run() does not run.
  bool poll();

  /// The loop that runs on the calling thread, or nullptr.
  static loop* current() { return current_; }
  bool is_current() const { return current_ == this; }

  /// Later, in a turn of its own; the posts of one thread in their order. Any thread.
  template <class F>
  void post(F&& f) {
    enqueue(std::make_unique<task_of<std::decay_t<F>>>(std::forward<F>(f)));
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
  void end_turn_soon() { turn_wanted_ = turn_wanted_ || !in_turn_; }
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

  /// The sockets.
  detail::poller& sockets() { return *sockets_; }
  /// Where Asio keeps what its objects share; it never runs (loop_executor).
  net::execution_context& asio() { return asio_; }

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
  friend class timer;
  struct task {
    virtual ~task() = default;
    virtual void run() = 0;
  };
  template <class F>
  struct task_of final : task {
    explicit task_of(F&& f)
        : call(std::move(f)) {}
    explicit task_of(const F& f)
        : call(f) {}
    void run() override { call(); }
    F call;
  };
  using task_ptr = std::unique_ptr<task>;
  using schedule = std::multimap<clock::time_point, timer*>;

  void enqueue(task_ptr t);
  void end_turn();
  bool step(bool may_wait);
  bool run_posts();
  bool run_timers();
  int patience(bool may_wait);

  static inline thread_local loop* current_ = nullptr;
  unsigned index_;
  net::io_context asio_{1};
  std::unique_ptr<detail::poller> sockets_; ///< outlives all that may hold a wire
  schedule timers_;
  worker* worker_ = nullptr;
  bool in_turn_ = false, turn_wanted_ = false;
  std::vector<std::shared_ptr<void>> retired_;
  std::deque<task_ptr> posts_; ///< the loop's own, and what came from outside by the beginning of the step

  std::mutex mutex_; ///< for what follows
  std::vector<task_ptr> from_outside_;
  bool asleep_ = false, stopped_ = false;
};

} // namespace mdai::transport
