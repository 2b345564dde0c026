#include <algorithm>
#include <optional>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "transport/detail/websocket_core.hpp"
#include "transport/detail/wire_stream.hpp"

namespace mdai::transport::detail {
namespace {

namespace http = beast::http;

constexpr std::size_t read_bytes = 64u << 10; ///< of a message that does not come as one whole frame, at a time

/// RFC 6455 framing by Beast. A message that is there as one whole frame is read on the spot (the usual case, and free
/// of asynchronous operations); everything else (fragments, control frames, parts of large frames, mistakes) goes
/// through Beast's asynchronous read until the next message begins. All of Beast's timers are off: the core bounds
/// everything.
class websocket_beast final : public websocket_core, private wire_owner {
public:
  websocket_beast(std::unique_ptr<wire> w, std::shared_ptr<server_core> core, granted_upgrade granted)
      : websocket_core(w->home(), std::move(core), std::move(granted))
      , framing_(std::move(w), [this] { begin_ending(); }) {
    below().set_owner(*this);
    framing_.set_option(
        rfc6455::stream_base::timeout{rfc6455::stream_base::none(), rfc6455::stream_base::none(), false});
    framing_.auto_fragment(false);
    framing_.text(true);
    framing_.control_callback([this](rfc6455::frame_type kind, beast::string_view bytes) { on_control(kind, bytes); });
  }

private:
  wire_stream& stream() { return framing_.next_layer(); }
  wire& below() { return stream().below(); }
  std::shared_ptr<websocket_beast> self() { return std::static_pointer_cast<websocket_beast>(shared_from_this()); }

  // -- from the wire --------------------------------------------------------------------------------------------------

  void on_input() override {
    on_heard();
    while (below().is_open() && !below().input().empty()) {
      if (lingering_ || stream().tearing_down())
        below().consume(below().input().size());
      else if (stream().waiting() ? !stream().feed() : reading_ || !read_next())
        return; // a read that does not wait is about to answer a control frame, and asks again
    }
  }

  /// False: not now.
  bool read_next() {
    if (!reads())
      return false;
    const auto head = frame_head::read(below().input());
    if (!head)
      return false;
    const auto bytes = head->head_bytes + head->payload_bytes;
    // Too big goes to Beast at once, which says so; neither is there any use in waiting for more than fits a read.
    const bool small = head->payload_bytes > 0 && head->payload_bytes <= message_limit() && bytes <= read_bytes;
    if (!head->is_whole_message() || !small)
      start_read();
    else if (below().input().size() >= bytes)
      read_whole(*head);
    else
      return false;
    return true;
  }

  void read_whole(const frame_head& head) {
    error_code ec;
    auto bytes = payload::of_size(head.payload_bytes, [&](char* into) {
      for (std::size_t read = 0; read < head.payload_bytes && !ec;)
        read += framing_.read_some(net::mutable_buffer{into + read, head.payload_bytes - read}, ec);
    });
    if (ec) {
      on_failed_read(kind_of(ec).value_or(failure::protocol));
      lingering_ = true;
      return;
    }
    deliver(std::move(bytes));
  }

  void deliver(payload message) {
    if (framing_.got_binary())
      on_binary(std::move(message));
    else
      on_text(std::move(message));
  }

  // What Beast is about ends first, because it knows how.
  void on_lost(bool) override {
    if (stream().end(net::error::eof))
      return;
    if (reading_ || saying_goodbye_)
      stream().end_next(net::error::eof);
    else
      on_gone();
  }

  // -- through Beast's asynchronous read ------------------------------------------------------------------------------

  void start_read() {
    if (!slow_)
      slow_ = std::make_unique<beast::flat_buffer>();
    reading_ = true;
    framing_.async_read_some(*slow_, read_bytes, [self = self()](error_code ec, std::size_t) { self->on_read(ec); });
  }

  void on_read(error_code ec) {
    reading_ = false;
    if (ec) {
      if (const auto kind = kind_of(ec))
        on_failed_read(*kind);
      return on_gone(); // Beast's own goodbye is over by now
    }
    if (is_closing()) // what still comes is for the closing operation
      return;
    if (!framing_.is_message_done())
      return start_read();
    const auto message = std::exchange(slow_, nullptr);
    const auto bytes = message->cdata();
    deliver(payload{{static_cast<const char*>(bytes.data()), bytes.size()}});
  }

  /// Nothing when it is no fault of the peer's.
  static std::optional<failure> kind_of(error_code ec) {
    if (ec == rfc6455::error::message_too_big)
      return failure::too_big;
    if (ec == rfc6455::error::bad_frame_payload)
      return failure::invalid_utf8;
    if (ec == rfc6455::condition::protocol_violation)
      return failure::protocol;
    return std::nullopt;
  }

  void on_control(rfc6455::frame_type kind, beast::string_view bytes) {
    if (kind == rfc6455::frame_type::close)
      return on_peer_close(close_code_of_peer());
    on_idle_frame(bytes.size());
    if (kind == rfc6455::frame_type::pong)
      on_pong_frame();
  }

  /// 1005 (RFC 6455 section 7.1.5) when its frame had none.
  std::uint16_t close_code_of_peer() const {
    const auto code = framing_.reason().code;
    return code == rfc6455::close_code::none ? 1005 : static_cast<std::uint16_t>(code);
  }

  // -- for the core ---------------------------------------------------------------------------------------------------

  bool accept_now(const std::string& key, const std::string& request_id) override {
    // The upgrade was judged by then; this is its essence for Beast.
    http::request<http::empty_body> request{http::verb::get, "/", 11};
    request.set(http::field::host, "-");
    request.set(http::field::connection, "upgrade");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::sec_websocket_key, key);
    request.set(http::field::sec_websocket_version, "13");
    framing_.set_option(rfc6455::stream_base::decorator([&request_id](rfc6455::response_type& response) {
      response.set(http::field::server, "mdai-broker");
      response.set("X-Request-Id", request_id);
      response.set("X-Content-Type-Options", "nosniff");
    }));
    error_code ec;
    framing_.accept(request, ec);
    framing_.set_option(rfc6455::stream_base::decorator([](rfc6455::response_type&) {}));
    return !ec;
  }

  void write_text(std::string_view text) override {
    error_code ignored; // of a wire that is gone, which it tells by itself
    framing_.write(net::const_buffer{text.data(), text.size()}, ignored);
  }

  void write_ping() override {
    error_code ignored;
    framing_.ping({}, ignored);
  }

  void start_close(std::uint16_t code, std::string_view reason) override {
    saying_goodbye_ = true;
    framing_.async_close({static_cast<rfc6455::close_code>(code), beast::string_view{reason.data(), reason.size()}},
                         [self = self()](error_code) { self->on_gone(); });
  }

  void want_input(bool wanted) override { below().want_input(wanted); }

  void drop_unsent() override {
    const auto held = below().held();
    std::size_t end = 0; // of the frame that is partly sent: what is held back begins with a frame
    while (end < below().held_sent())
      if (const auto head = frame_head::read(held.substr(end)))
        end += head->head_bytes + head->payload_bytes;
    below().keep_held(end);
  }

  std::size_t pending_bytes(std::size_t worth_trying) override {
    if (below().pending() > worth_trying)
      below().flush();
    return below().pending();
  }

  // Beast takes 0 for no limit.
  void limit_messages(std::size_t bytes) override { framing_.read_message_max(std::max<std::size_t>(bytes, 1)); }

  bool can_move() const override {
    const auto& s = framing_.next_layer();
    return !reading_ && !lingering_ && !s.waiting() && !s.tearing_down();
  }
  void leave_for(loop& to) override { below().move_to(to); }
  void settle() override { below().settle(); }

  void drop() override {
    below().close();
    stream().end(net::error::operation_aborted);
  }

  rfc6455::stream<wire_stream, false> framing_;
  std::unique_ptr<beast::flat_buffer> slow_; ///< what has come of a message that is not one whole frame
  bool reading_ = false; ///< an asynchronous read is under way
  bool saying_goodbye_ = false;
  bool lingering_ = false; ///< what still comes is thrown away until the peer ends its half
};

} // namespace

std::shared_ptr<websocket_core> make_websocket(std::unique_ptr<wire> w, std::string early,
                                               std::shared_ptr<server_core> core, granted_upgrade granted) {
  auto& below = *w;
  auto socket = std::make_shared<websocket_beast>(std::move(w), std::move(core), std::move(granted));
  if (!early.empty())
    below.put_back(std::move(early));
  return socket;
}

} // namespace mdai::transport::detail
