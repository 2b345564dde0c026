#include "bench/sim/reactor.hpp"

#include <csignal>
#include <cstdlib>

namespace mdai::sim {

reactor::reactor()
    : signals_(io_, SIGINT, SIGTERM) {
  await_signal();
}

void reactor::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& ec, int signal) {
    if (ec)
      return;
    if (interrupted_)
      std::_Exit(128 + signal);
    interrupted_ = true;
    await_signal();
  });
}

failure describe(reactor::wait_end end, const std::string& what, milliseconds limit) {
  if (end == reactor::wait_end::interrupted)
    return {true, "interrupted"};
  return failed("no " + what + " within " + std::to_string(limit.count()) + " ms");
}

} // namespace mdai::sim
