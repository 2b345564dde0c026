#include "transport/detail/connector.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace mdai::transport::detail {
namespace {

constexpr std::chrono::seconds patience{2}; ///< with a silent address while there is another

} // namespace

void connector::try_next() {
  while (next_ < where_.size()) {
    const auto& to = where_[next_++];
    descriptor fd{::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd)
      continue;
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(fd.get(), to.data(), static_cast<socklen_t>(to.size())) != 0 && errno != EINPROGRESS)
      continue;
    if (!home_.sockets().add(*this, fd.get(), EPOLLOUT)) // also tells when it is connected already
      continue;
    trying_ = std::move(fd);
    if (next_ < where_.size())
      impatience_.set_after(patience, [this] {
        abandon();
        try_next();
      });
    return;
  }
  const auto then = then_; // it may end us
  then(descriptor{});
}

void connector::on_ready(std::uint32_t) {
  int error = 0;
  socklen_t size = sizeof error;
  impatience_.cancel();
  auto fd = abandon();
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    return try_next();
  const auto then = then_;
  then(std::move(fd));
}

/// Looks no longer at the socket it was trying.
descriptor connector::abandon() {
  if (trying_)
    home_.sockets().remove(*this, trying_.get());
  return std::exchange(trying_, descriptor{});
}

} // namespace mdai::transport::detail
