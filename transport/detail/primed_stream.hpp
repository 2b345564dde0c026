#pragma once
#include <functional>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include "transport/detail/byte_stream.hpp"

namespace mdai::transport::detail {

namespace beast = boost::beast;
namespace rfc6455 = beast::websocket; // its own name is our class's

/// What goes on at the wire, told upwards.
struct wire_events {
  std::function<void()> reading; ///< bytes came or are waited for
  std::function<void()> ending;  ///< Beast ends the connection by itself
};

/// The layer below Beast: gives first what was read along with the upgrade request, then the stream's own
/// bytes.
template <class Stream>
class primed_stream {
public:
  using executor_type = net::io_context::executor_type;

  primed_stream(Stream stream, std::string early, wire_events events)
      : stream_(std::move(stream))
      , early_(std::move(early))
      , events_(std::move(events)) {}

  executor_type get_executor() noexcept { return stream_.get_executor(); }
  Stream& next_layer() noexcept { return stream_; }
  const Stream& next_layer() const noexcept { return stream_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& then) {
    events_.reading();
    if (early_.empty())
      return static_cast<void>(stream_.async_read_some(into, std::forward<Handler>(then)));
    const auto taken = net::buffer_copy(into, net::buffer(early_));
    early_.erase(0, taken);
    net::post(get_executor(), beast::bind_front_handler(std::forward<Handler>(then), error_code{}, taken));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& then) {
    stream_.async_write_some(from, std::forward<Handler>(then));
  }

  void close() {
    error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

  template <class Handler>
  friend void async_teardown(beast::role_type role, primed_stream& stream, Handler&& then) {
    stream.events_.ending();
    using rfc6455::async_teardown;
    async_teardown(role, stream.stream_, std::forward<Handler>(then));
  }

private:
  Stream stream_;
  std::string early_;
  wire_events events_;
};

} // namespace mdai::transport::detail
