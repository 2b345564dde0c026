#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "transport/loop.hpp"

namespace mdai::transport::detail {

/// Finds the addresses of hosts; names by getaddrinfo(3) on a thread of its own, because it blocks. On the loop's
/// thread.
class resolver {
public:
  /// The addresses in the order in which to try them; none when there are none.
  using outcome = std::function<void(std::vector<net::ip::tcp::endpoint>)>;

  explicit resolver(loop& home);
  /// Waits for nobody: what is under way is forgotten.
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Posts the outcome. `port` is a number. `then` may die on any thread, so it holds nothing that must not.
  void resolve(const std::string& host, const std::string& port, outcome then);

private:
  struct shared;
  loop& home_;
  std::shared_ptr<shared> shared_;
};

} // namespace mdai::transport::detail
