#pragma once
#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace mdai::transport {

namespace net = boost::asio;

/// One I/O thread: sockets, timers and the actors of one core. What belongs to a loop is touched on its
/// thread only; everybody else posts.
class loop {
public:
  explicit loop(unsigned index)
      : index_(index)
      , io_(1) {}
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

  /// Later, on the loop's thread, in the order of the posts. Any thread.
  template <class F>
  void post(F&& f) {
    net::post(io_, std::forward<F>(f));
  }
  /// Now when on the loop's thread, else as post().
  template <class F>
  void dispatch(F&& f) {
    if (is_current())
      std::forward<F>(f)();
    else
      post(std::forward<F>(f));
  }

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
  static inline thread_local loop* current_ = nullptr;
  unsigned index_;
  net::io_context io_;
};

} // namespace mdai::transport
