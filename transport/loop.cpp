#include "transport/loop.hpp"

namespace mdai::transport {

void loop::run() {
  guard here{*this};
  auto work = net::make_work_guard(io_);
  io_.run();
}

} // namespace mdai::transport
