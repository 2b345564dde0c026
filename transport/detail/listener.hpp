#pragma once
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "protocol/errc.hpp"
#include "transport/detail/wire.hpp"
#include "transport/loop.hpp"

namespace mdai::transport::detail {

using boost::system::error_code;
using tcp = net::ip::tcp;

/// Accepts on its first loop and hands each socket to the next loop in turn, on that loop's thread. Out of
/// descriptors it waits a little and goes on.
class listener : public std::enable_shared_from_this<listener> {
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
  void wait();
  void accept();
  void hand_over(int descriptor);
  void pause();

  std::vector<loop*> loops_;
  const std::shared_ptr<const arrival> on_arrival_;
  net::basic_socket_acceptor<tcp, net::io_context::executor_type> acceptor_;
  net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                            net::io_context::executor_type>
      pause_;
  unsigned short port_ = 0;
  std::size_t next_ = 0;
};

} // namespace mdai::transport::detail
