#pragma once
#include <utility>

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include "transport/loop.hpp"

namespace mdai::transport::detail {

/// A loop as Asio sees it: whatever is to be executed is posted. For Beast's asynchronous operations, which bring their
/// own completions; nothing of Asio's waits.
class loop_executor {
public:
  explicit loop_executor(loop& home) noexcept
      : home_(&home) {}

  template <class F>
  void execute(F&& f) const {
    home_->post(std::forward<F>(f));
  }
  net::execution_context& query(net::execution::context_t) const noexcept { return home_->asio(); }
  static constexpr net::execution::blocking_t query(net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }
  friend bool operator==(const loop_executor&, const loop_executor&) noexcept = default;

private:
  loop* home_;
};

} // namespace mdai::transport::detail
