#pragma once
#include <utility>

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include "transport/loop.hpp"

namespace mdai::transport::detail {

/// A loop as Asio sees it, for Beast's asynchronous operations, which bring their own completions; nothing of Asio's
/// waits. As with Asio's own: what is dispatched on the loop's thread runs at once, what is posted runs later. Beast's
/// operations rely on the first to go on without a gap in which their connection could be lost.
class loop_executor {
public:
  explicit loop_executor(loop& home) noexcept
      : home_(&home) {}

  template <class F>
  void execute(F&& f) const {
    if (at_once_ && home_->is_current())
      std::decay_t<F>{std::forward<F>(f)}();
    else
      home_->post(std::forward<F>(f));
  }
  net::execution_context& query(net::execution::context_t) const noexcept { return home_->asio(); }
  net::execution::blocking_t query(net::execution::blocking_t) const noexcept {
    if (at_once_)
      return net::execution::blocking.possibly;
    return net::execution::blocking.never;
  }
  loop_executor require(net::execution::blocking_t::never_t) const noexcept { return {*home_, false}; }
  loop_executor require(net::execution::blocking_t::possibly_t) const noexcept { return {*home_, true}; }
  friend bool operator==(const loop_executor&, const loop_executor&) noexcept = default;

private:
  loop_executor(loop& home, bool at_once) noexcept
      : home_(&home)
      , at_once_(at_once) {}

  loop* home_;
  bool at_once_ = true;
};

} // namespace mdai::transport::detail
