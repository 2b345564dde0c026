#include "bench/load/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace mdai::load {
namespace {

void control(int epoll, int operation, int fd, std::uint32_t events, io_handler& handler) {
  epoll_event wish{};
  wish.events = events;
  wish.data.ptr = &handler;
  if (::epoll_ctl(epoll, operation, fd, &wish) != 0)
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
}

} // namespace

loop::loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0)
    throw std::system_error{errno, std::system_category(), "epoll_create1"};
  ::prctl(PR_SET_TIMERSLACK, 1UL); // else the kernel may add 50 us to every wait
}

loop::~loop() { ::close(epoll_); }

void loop::watch(int fd, std::uint32_t events, io_handler& handler) {
  control(epoll_, EPOLL_CTL_ADD, fd, events, handler);
}

void loop::change(int fd, std::uint32_t events, io_handler& handler) {
  control(epoll_, EPOLL_CTL_MOD, fd, events, handler);
}

void loop::poll(clock::time_point wake) {
  using std::chrono::duration_cast;
  std::array<epoll_event, 512> ready; // NOLINT: the kernel fills it
  const auto left = tasks_.empty() ? duration_cast<nanoseconds>(wake - clock::now()) : nanoseconds{0};
  const auto wait = std::max(nanoseconds{0}, left);
  const timespec limit{static_cast<time_t>(wait.count() / 1'000'000'000),
                       static_cast<long>(wait.count() % 1'000'000'000)};
  const int count = ::epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &limit, nullptr);
  for (int i = 0; i < count; ++i)
    static_cast<io_handler*>(ready[static_cast<std::size_t>(i)].data.ptr)
        ->on_io(ready[static_cast<std::size_t>(i)].events);
  auto tasks = std::exchange(tasks_, {});
  for (const auto& task : tasks)
    task();
}

} // namespace mdai::load
