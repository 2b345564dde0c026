#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace mdai::load {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// What an epoll loop calls.
class io_handler {
public:
  virtual void on_io(std::uint32_t events) = 0;

protected:
  ~io_handler() = default;
};

/// Level-triggered epoll, for one thread. Handlers outlive their registration and the turn in which it ends.
class loop {
public:
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  void watch(int fd, std::uint32_t events, io_handler& handler);
  void change(int fd, std::uint32_t events, io_handler& handler);
  /// Runs `task` when the present turn's events have been handled: nothing of the old turn reaches what it starts.
  void after_turn(std::function<void()> task) { tasks_.push_back(std::move(task)); }

  /// Calls `turn` before each wait; it answers until when to wait at most (nothing: stop). Wakes within microseconds.
  template <class Turn>
  void run(Turn turn) {
    while (const std::optional<clock::time_point> wake = turn())
      poll(*wake);
  }

private:
  void poll(clock::time_point wake);

  int epoll_;
  std::vector<std::function<void()>> tasks_;
};

} // namespace mdai::load
