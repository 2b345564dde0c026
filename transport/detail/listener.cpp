#include "transport/detail/listener.hpp"

#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

namespace mdai::transport::detail {
namespace {

using tcp = net::ip::tcp;

constexpr std::chrono::milliseconds pause_when_full{100};
constexpr int batch = 64; ///< so that a storm of connections leaves time for those that are there

/// This connection failed, not the listener (accept(2)).
bool is_passing(int error) {
  switch (error) {
  case EINTR:
  case ECONNABORTED:
  case EPROTO:
  case ENETDOWN:
  case ENOPROTOOPT:
  case EHOSTDOWN:
  case ENONET:
  case EHOSTUNREACH:
  case ENETUNREACH:
    return true;
  default:
    return false;
  }
}

} // namespace

listener::listener(std::vector<loop*> loops, arrival on_arrival)
    : loops_(std::move(loops))
    , on_arrival_(std::make_shared<const arrival>(std::move(on_arrival)))
    , pause_(*loops_.front()) {}

result<void> listener::open(const std::string& address, unsigned short port) {
  boost::system::error_code ec;
  tcp::endpoint where{net::ip::make_address(address, ec), port};
  if (ec)
    return ec;
  descriptor fd{::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int yes = 1;
  auto size = static_cast<socklen_t>(where.capacity());
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), where.data(), static_cast<socklen_t>(where.size())) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
      ::getsockname(fd.get(), where.data(), &size) != 0)
    return last_error();
  port_ = where.port();
  socket_ = std::move(fd);
  loops_.front()->post([self = shared_from_this()] { self->watch(true); });
  return {};
}

void listener::stop() {
  loops_.front()->post([self = shared_from_this()] {
    self->watch(false);
    self->pause_.cancel();
    self->socket_.close();
  });
}

void listener::watch(bool wanted) {
  if (!socket_ || std::exchange(watching_, wanted) == wanted)
    return;
  auto& sockets = loops_.front()->sockets();
  if (!wanted)
    return sockets.remove(*this, socket_.get());
  if (!sockets.add(*this, socket_.get(), EPOLLIN))
    rest();
}

/// Nothing can be taken in now: looks again in a moment.
void listener::rest() {
  watch(false);
  pause_.set_after(pause_when_full, [this] { watch(true); });
}

void listener::on_ready(std::uint32_t) {
  for (int i = 0; i < batch; ++i) {
    descriptor accepted{::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (accepted) {
      hand_over(std::move(accepted));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (!is_passing(errno)) {
      return rest();
    }
  }
}

void listener::hand_over(descriptor accepted) {
  const auto index = next_++ % loops_.size();
  loop& home = *loops_[index];
  home.dispatch([&home, index, fd = std::move(accepted), arrived = on_arrival_]() mutable {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(fd.get(), peer.data(), &size) != 0) // gone again
      return;
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (*arrived)(index, std::make_unique<wire>(home, fd.release()), peer.address());
  });
}

} // namespace mdai::transport::detail
