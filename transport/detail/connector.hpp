#pragma once
#include <functional>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "transport/detail/descriptor.hpp"
#include "transport/detail/poller.hpp"
#include "transport/loop.hpp"
#include "transport/timer.hpp"

namespace mdai::transport::detail {

/// A TCP connection in the making: tries one address after the other, two seconds each, the last for as long as it may.
/// Gives up when it dies. On the loop's thread.
class connector final : private watched {
public:
  /// The connected socket, which does not block; none when no address answers. It may end the connector.
  using outcome = std::function<void(descriptor)>;

  connector(loop& home, std::vector<net::ip::tcp::endpoint> where, outcome then)
      : home_(home)
      , impatience_(home)
      , where_(std::move(where))
      , then_(std::move(then)) {}
  ~connector() { abandon(); }
  connector(const connector&) = delete;
  connector& operator=(const connector&) = delete;

  /// Once. May call `then` at once.
  void start() { try_next(); }

private:
  void on_ready(std::uint32_t events) override;
  void try_next();
  descriptor abandon();

  loop& home_;
  timer impatience_;
  const std::vector<net::ip::tcp::endpoint> where_;
  const outcome then_;
  std::size_t next_ = 0;
  descriptor trying_;
};

} // namespace mdai::transport::detail
