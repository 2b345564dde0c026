#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "protocol/errc.hpp"
#include "transport/detail/descriptor.hpp"
#include "transport/detail/wire.hpp"
#include "transport/timer.hpp"

namespace mdai::transport::detail {

/// Accepts on its first loop and hands each socket to the next loop in turn, on that loop's thread. Out of
/// descriptors it waits a little and goes on.
class listener final : public std::enable_shared_from_this<listener>, private watched {
public:
  /// `index` is the loop's place in `loops`. Holds nothing that belongs to a single loop.
  using arrival = std::function<void(std::size_t index, std::unique_ptr<wire> w, const net::ip::address& peer)>;

  listener(std::vector<loop*> loops, arrival on_arrival);

  /// Binds and listens; before the loops run or while they do.
  result<void> open(const std::string& address, unsigned short port);
  unsigned short port() const { return port_; }
  /// Any thread.
  void stop();

private:
  void on_ready(std::uint32_t events) override;
  void watch(bool wanted);
  void rest();
  void hand_over(descriptor accepted);

  std::vector<loop*> loops_;
  const std::shared_ptr<const arrival> on_arrival_;
  descriptor socket_;
  bool watching_ = false;
  timer pause_;
  unsigned short port_ = 0;
  std::size_t next_ = 0;
};

} // namespace mdai::transport::detail
