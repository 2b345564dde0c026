#include "transport/detail/resolver.hpp"

#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <netdb.h>

namespace mdai::transport::detail {
namespace {

using tcp = net::ip::tcp;
using endpoints = std::vector<tcp::endpoint>;

endpoints look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list{found, ::freeaddrinfo};
  endpoints out;
  for (const auto* one = found; one; one = one->ai_next) {
    tcp::endpoint e;
    if (one->ai_addrlen > e.capacity())
      continue;
    std::memcpy(e.data(), one->ai_addr, one->ai_addrlen);
    e.resize(one->ai_addrlen);
    out.push_back(e);
  }
  return out;
}

} // namespace

/// What the thread and the loop have in common.
struct resolver::shared {
  struct question {
    std::string host, port;
    std::vector<outcome> then; ///< of all who ask for the same
  };
  std::mutex mutex;
  loop* home = nullptr; ///< nullptr when nobody waits any more
  std::deque<question> questions;
  bool working = false; ///< a thread is there

  /// The thread: until there is nothing left to ask.
  static void work(const std::shared_ptr<shared>& s) {
    for (;;) {
      std::unique_lock lock{s->mutex};
      if (!s->home || s->questions.empty()) {
        s->working = false;
        return;
      }
      auto next = std::move(s->questions.front());
      s->questions.pop_front();
      lock.unlock();
      auto found = look_up(next.host, next.port);
      lock.lock();
      if (s->home)
        s->home->post([then = std::move(next.then), found = std::move(found)] {
          for (const auto& one : then)
            one(found);
        });
    }
  }
};

resolver::resolver(loop& home)
    : home_(home)
    , shared_(std::make_shared<shared>()) {
  shared_->home = &home;
}

resolver::~resolver() {
  std::lock_guard lock{shared_->mutex};
  shared_->home = nullptr;
}

void resolver::resolve(const std::string& host, const std::string& port, outcome then) {
  boost::system::error_code no_address;
  if (const auto address = net::ip::make_address(host, no_address); !no_address) {
    const tcp::endpoint only{address, static_cast<unsigned short>(std::stoul(port))};
    return home_.post([then = std::move(then), only] { then({only}); });
  }
  std::lock_guard lock{shared_->mutex};
  for (auto& asked : shared_->questions)
    if (asked.host == host && asked.port == port)
      return asked.then.push_back(std::move(then));
  shared_->questions.push_back({host, port, {std::move(then)}});
  if (shared_->working)
    return;
  try {
    std::thread{[s = shared_] { shared::work(s); }}.detach();
    shared_->working = true;
  } catch (const std::system_error&) { // no thread to be had now
    home_.post([then = std::move(shared_->questions.back().then.front())] { then({}); });
    shared_->questions.pop_back();
  }
}

} // namespace mdai::transport::detail
