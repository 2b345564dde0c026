#pragma once
#include <array>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include "transport/detail/frame_gate.hpp"
#include "transport/detail/loop_executor.hpp"
#include "transport/detail/wire.hpp"

namespace mdai::transport::detail {

namespace beast = boost::beast;
namespace rfc6455 = beast::websocket; // its own name is our class's
using boost::system::error_code;

/// The layer below Beast: a wire. Writes are complete at once. Synchronous reads never wait: they are for frames that
/// are there as a whole. An asynchronous read is answered from feed(), never inside the call that began it. Beast is
/// given no byte past the current frame, so nothing stays behind in its buffer and the two kinds of reads may
/// alternate.
class wire_stream {
public:
  using executor_type = loop_executor;

  /// `on_ending`: Beast ends the connection by itself.
  wire_stream(std::unique_ptr<wire> w, std::function<void()> on_ending)
      : wire_(std::move(w))
      , on_ending_(std::move(on_ending)) {}

  executor_type get_executor() noexcept { return executor_type{wire_->home()}; }
  wire& below() { return *wire_; }
  frame_gate& gate() { return gate_; }

  /// Whether an asynchronous read waits for bytes.
  bool waiting() const { return reader_ != nullptr; }
  /// Whether Beast has ended our half and waits for the peer to end its own: what still comes is for nobody.
  bool tearing_down() const { return teardown_ != nullptr; }
  /// Gives the waiting read what it may have of the wire's input. False: nothing, it needs more.
  bool feed() {
    const auto bytes = gate_.admitted(wire_->input());
    if (bytes == 0)
      return false;
    auto reader = std::exchange(reader_, nullptr);
    reader->complete({}, take(into_, bytes));
    return true;
  }
  /// Nothing more comes: ends the waiting read or teardown, later. Whether there was one.
  bool end(error_code why) {
    bool any = false;
    for (auto* one : {&reader_, &teardown_})
      if (auto waiting = std::exchange(*one, nullptr)) {
        any = true;
        net::post(get_executor(), [waiting = std::move(waiting), why]() mutable { waiting->complete(why, 0); });
      }
    return any;
  }

  /// The same for an operation that is between two steps: ends the read or teardown that comes next, once the input is
  /// read.
  void end_next(error_code why) { ended_ = why; }

  template <class Buffers>
  std::size_t read_some(const Buffers& into, error_code& ec) {
    const auto bytes = gate_.admitted(wire_->input());
    ec = bytes == 0 ? net::error::would_block : error_code{};
    return take(into, bytes);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& from, error_code& ec) {
    ec = wire_->is_open() ? error_code{} : net::error::broken_pipe;
    for (auto i = net::buffer_sequence_begin(from); i != net::buffer_sequence_end(from); ++i) {
      const net::const_buffer part{*i};
      wire_->write({static_cast<const char*>(part.data()), part.size()});
    }
    return net::buffer_size(from);
  }
  // Beast names these too; nothing of ours calls them.
  template <class Buffers>
  std::size_t read_some(const Buffers& into) {
    error_code ec;
    const auto n = read_some(into, ec);
    return ec ? throw boost::system::system_error{ec} : n;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& from) {
    error_code ec;
    const auto n = write_some(from, ec);
    return ec ? throw boost::system::system_error{ec} : n;
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& then) {
    into_ = {};
    std::size_t parts = 0;
    for (auto i = net::buffer_sequence_begin(into); i != net::buffer_sequence_end(into) && parts < into_.size(); ++i)
      into_[parts++] = *i;
    reader_ = slot(std::forward<Handler>(then));
    if (!wire_->is_open())
      end(net::error::operation_aborted);
    else if (ended_ && !wire_->has_rest())
      end(ended_);
    else
      wire_->offer_soon();
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& then) {
    error_code ec;
    const auto bytes = write_some(from, ec);
    net::post(get_executor(), beast::bind_front_handler(std::forward<Handler>(then), ec, bytes));
  }

  friend void teardown(beast::role_type, wire_stream& s, error_code& ec) {
    ec = {};
    s.on_ending_();
    s.wire_->finish();
  }
  template <class Handler>
  friend void async_teardown(beast::role_type, wire_stream& s, Handler&& then) {
    s.on_ending_();
    s.wire_->finish();
    s.teardown_ = slot([then = std::forward<Handler>(then)](error_code ec, std::size_t) mutable { then(ec); });
    if (!s.wire_->is_open() || s.ended_)
      s.end({});
  }
  friend void beast_close_socket(wire_stream& s) { s.wire_->close(); }

private:
  struct completion {
    virtual ~completion() = default;
    virtual void complete(error_code ec, std::size_t bytes) = 0;
  };
  template <class Handler>
  static std::unique_ptr<completion> slot(Handler&& handler) {
    struct held final : completion {
      explicit held(Handler&& h)
          : then(std::forward<Handler>(h)) {}
      void complete(error_code ec, std::size_t bytes) override { then(ec, bytes); }
      std::decay_t<Handler> then;
    };
    return std::make_unique<held>(std::forward<Handler>(handler));
  }

  template <class Buffers>
  std::size_t take(const Buffers& into, std::size_t admitted) {
    const auto bytes = net::buffer_copy(into, net::buffer(wire_->input().data(), admitted));
    wire_->consume(bytes);
    gate_.passed(bytes);
    return bytes;
  }

  std::unique_ptr<wire> wire_;
  std::function<void()> on_ending_;
  frame_gate gate_;
  std::array<net::mutable_buffer, 2> into_; ///< of the waiting read
  std::unique_ptr<completion> reader_, teardown_;
  error_code ended_; ///< nothing more comes, and nobody has been told
};

} // namespace mdai::transport::detail
