#include "transport/detail/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "transport/detail/wire.hpp"

namespace mdai::transport::detail {
namespace {

constexpr std::size_t spare_buffers = 64, spare_bytes = 128u << 10; ///< kept at most, and of what size at most

int or_throw(int fd, const char* what) {
  return fd >= 0 ? fd : throw std::system_error{errno, std::system_category(), what};
}

epoll_event event_for(watched* w, std::uint32_t events) {
  epoll_event e{};
  e.events = events;
  e.data.ptr = w;
  return e;
}

} // namespace

poller::poller(loop& home)
    : home_(home)
    , epoll_(or_throw(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  try {
    wake_ = or_throw(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
  } catch (...) {
    ::close(epoll_);
    throw;
  }
  auto e = event_for(nullptr, EPOLLIN | EPOLLET); // edge-triggered: need not be read
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &e);
}

poller::~poller() {
  ::close(wake_);
  ::close(epoll_);
}

int poller::wait(int milliseconds) {
  const int n = ::epoll_wait(epoll_, events_.data(), events_at_once, milliseconds);
  const auto end = std::remove_if(events_.begin(), events_.begin() + std::max(n, 0),
                                  [](const epoll_event& e) { return e.data.ptr == nullptr; });
  return ready_ = static_cast<int>(end - events_.begin());
}

void poller::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one); // it cannot be full before we are gone
}

void poller::serve() {
  for (int i = 0; i < ready_; ++i)
    if (auto* w = static_cast<watched*>(events_[i].data.ptr))
      w->on_ready(events_[i].events);
  ready_ = 0;
}

void poller::flush() {
  for (std::size_t i = 0; i < marked_.size(); ++i) // it may grow meanwhile
    if (auto* w = marked_[i])
      w->flush();
  marked_.clear();
}

bool poller::add(watched& w, int fd, std::uint32_t events) {
  auto e = event_for(&w, events);
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) == 0;
}

void poller::change(watched& w, int fd, std::uint32_t events) {
  auto e = event_for(&w, events);
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &e);
}

void poller::remove(watched& w, int fd) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  for (int i = 0; i < ready_; ++i)
    if (events_[i].data.ptr == &w)
      events_[i].data.ptr = nullptr;
}

void poller::offer_later(wire& w) {
  if (std::find(offers_.begin(), offers_.end(), &w) != offers_.end())
    return;
  if (offers_.empty())
    home_.post([this] { offer_rests(); });
  offers_.push_back(&w);
}

void poller::offer_rests() {
  for (auto* w : std::exchange(offers_, {})) // what is put off again meanwhile has its turn after this one
    if (w)
      w->offer_rest();
}

void poller::forget(wire& w) {
  for (auto* list : {&marked_, &offers_})
    std::replace(list->begin(), list->end(), &w, static_cast<wire*>(nullptr));
}

std::string poller::take_buffer() {
  if (spare_.empty())
    return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void poller::give_back(std::string&& buffer) {
  auto taken = std::exchange(buffer, {});
  if (taken.capacity() > spare_bytes || spare_.size() >= spare_buffers)
    return;
  taken.clear();
  spare_.push_back(std::move(taken));
}

} // namespace mdai::transport::detail
