#include "transport/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include "transport/detail/poller.hpp"

namespace mdai::transport {

loop::loop(unsigned index)
    : index_(index)
    , wires_(std::make_unique<detail::poller>(*this))
    , io_(1)
    , wires_ready_(io_, wires_->descriptor()) {
  watch();
}

loop::~loop() {
  wires_ready_.release(); // it is the poller's
}

void loop::run() {
  guard here{*this};
  auto work = net::make_work_guard(io_);
  io_.run();
}

void loop::watch() {
  wires_ready_.async_wait(net::posix::descriptor_base::wait_read, [this](boost::system::error_code ec) {
    if (ec)
      return;
    turn([this] { wires_->serve(); });
    watch();
  });
}

void loop::end_turn() {
  do {
    if (worker_)
      worker_->run_ready();
    wires_->flush();
  } while (worker_ && worker_->has_ready());
  in_turn_ = false;
  // What dies here may have last words: they are for another turn.
  for (auto gone = std::exchange(retired_, {}); !gone.empty(); gone = std::exchange(retired_, {}))
    gone.clear();
}

void loop::end_turn_soon() {
  if (in_turn_ || std::exchange(turn_posted_, true))
    return;
  post([this] { turn_posted_ = false; });
}

void loop::retire(std::shared_ptr<void> x) {
  retired_.push_back(std::move(x));
  end_turn_soon();
}

} // namespace mdai::transport
