#include "transport/detail/listener.hpp"

#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mdai::transport::detail {
namespace {

constexpr std::chrono::milliseconds pause_when_full{100};
constexpr int batch = 64; ///< so that a storm of connections leaves time for those that are there

/// A socket on its way between two loops.
class descriptor {
public:
  explicit descriptor(int fd)
      : fd_(fd) {}
  descriptor(descriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_;
};

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
    , acceptor_(loops_.front()->io())
    , pause_(loops_.front()->io()) {}

result<void> listener::open(const std::string& address, unsigned short port) {
  error_code ec;
  const tcp::endpoint where{net::ip::make_address(address, ec), port};
  if (!ec)
    acceptor_.open(where.protocol(), ec);
  if (!ec)
    acceptor_.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec)
    acceptor_.bind(where, ec);
  if (!ec)
    acceptor_.listen(net::socket_base::max_listen_connections, ec);
  if (!ec)
    acceptor_.non_blocking(true, ec);
  if (!ec)
    port_ = acceptor_.local_endpoint(ec).port();
  if (ec) {
    error_code ignored;
    acceptor_.close(ignored);
    return ec;
  }
  loops_.front()->post([self = shared_from_this()] { self->wait(); });
  return {};
}

void listener::stop() {
  loops_.front()->post([self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->pause_.cancel();
  });
}

void listener::wait() {
  if (!acceptor_.is_open())
    return;
  acceptor_.async_wait(net::socket_base::wait_read, [self = shared_from_this()](error_code ec) {
    if (!ec)
      self->accept();
  });
}

/// By the descriptor: an Asio socket would belong to a loop before it gets there.
void listener::accept() {
  for (int i = 0; i < batch && acceptor_.is_open(); ++i) {
    const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      hand_over(fd);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      break;
    else if (!is_passing(errno))
      return pause();
  }
  wait();
}

void listener::hand_over(int accepted) {
  const auto index = next_++ % loops_.size();
  loop& home = *loops_[index];
  home.dispatch([&home, index, fd = descriptor{accepted}, arrived = on_arrival_]() mutable {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(fd.get(), peer.data(), &size) != 0) // gone again
      return;
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (*arrived)(index, std::make_unique<wire>(home, fd.release()), peer.address());
  });
}

void listener::pause() {
  pause_.expires_after(pause_when_full);
  pause_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec)
      self->wait();
  });
}

} // namespace mdai::transport::detail
