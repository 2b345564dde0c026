#include "transport/detail/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

#include "transport/detail/wire.hpp"

namespace mdai::transport::detail {
namespace {

constexpr int events_at_once = 256;
constexpr std::size_t spare_buffers = 64, spare_bytes = 128u << 10; ///< kept at most, and of what size at most

} // namespace

poller::poller(loop& home)
    : home_(home)
    , epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0)
    throw std::system_error{errno, std::system_category(), "epoll_create1"};
}

poller::~poller() { ::close(epoll_); }

// Level-triggered: what is not read now is told again. A wire that is closed while others are served stays alive until
// the end of the turn (loop::retire), so its place in the list does no harm.
void poller::serve() {
  epoll_event events[events_at_once];
  const int n = ::epoll_wait(epoll_, events, events_at_once, 0);
  for (int i = 0; i < n; ++i)
    static_cast<wire*>(events[i].data.ptr)->on_ready(events[i].events);
}

void poller::flush() {
  for (std::size_t i = 0; i < marked_.size(); ++i) // it may grow meanwhile
    if (auto* w = marked_[i])
      w->flush();
  marked_.clear();
}

void poller::add(wire& w, int fd) {
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = &w;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
}

void poller::change(wire& w, int fd, bool input, bool output) {
  epoll_event e{};
  e.events = (input ? EPOLLIN : 0u) | (output ? EPOLLOUT : 0u);
  e.data.ptr = &w;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &e);
}

void poller::remove(wire& w, int fd) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  for (auto* list : {&marked_, &offers_})
    std::replace(list->begin(), list->end(), &w, static_cast<wire*>(nullptr));
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
