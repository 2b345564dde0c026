#pragma once
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "transport/detail/primed_stream.hpp"
#include "transport/detail/websocket_core.hpp"

namespace mdai::transport::detail {

namespace http = beast::http;

/// RFC 6455 framing by Beast. All of Beast's timers are off: the core bounds everything.
template <class Stream>
class websocket_beast final : public websocket_core {
public:
  websocket_beast(Stream stream, std::string early, loop& home, std::shared_ptr<server_core> core,
                  granted_upgrade granted)
      : websocket_core(home, std::move(core), std::move(granted))
      , framing_(std::move(stream), std::move(early), wire_events{[this] { on_heard(); }, [this] { on_ending(); }}) {
    framing_.set_option(
        rfc6455::stream_base::timeout{rfc6455::stream_base::none(), rfc6455::stream_base::none(), false});
    framing_.auto_fragment(false);
    framing_.text(true);
    framing_.control_callback([this](rfc6455::frame_type kind, beast::string_view bytes) {
      if (kind != rfc6455::frame_type::close)
        on_idle_frame(bytes.size());
      if (kind == rfc6455::frame_type::pong)
        on_pong_frame();
      else if (kind == rfc6455::frame_type::close)
        on_peer_close(close_code_of_peer());
    });
  }

private:
  void start_accept(const std::string& key, const std::string& request_id) override {
    // The upgrade was judged by then; this is its essence for Beast.
    http::request<http::empty_body> request{http::verb::get, "/", 11};
    request.set(http::field::host, "-");
    request.set(http::field::connection, "upgrade");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::sec_websocket_key, key);
    request.set(http::field::sec_websocket_version, "13");
    framing_.set_option(rfc6455::stream_base::decorator([request_id](rfc6455::response_type& response) {
      response.set(http::field::server, "mdai-broker");
      response.set("X-Request-Id", request_id);
      response.set("X-Content-Type-Options", "nosniff");
    }));
    framing_.async_accept(request, [self = self()](error_code ec) {
      self->framing_.set_option(rfc6455::stream_base::decorator([](rfc6455::response_type&) {}));
      self->on_accepted(!ec);
    });
  }

  void start_read() override {
    framing_.async_read_some(buffer_, read_bytes,
                             [self = self()](error_code ec, std::size_t bytes) { self->on_read(ec, bytes); });
  }

  void on_read(error_code ec, std::size_t bytes) {
    if (ec)
      return on_failed_read(kind_of(ec));
    const bool whole = framing_.is_message_done();
    const bool binary = framing_.got_binary();
    const auto data = buffer_.data();
    on_message_part(bytes, whole, binary, {static_cast<const char*>(data.data()), data.size()});
    if (whole || binary || !delivers())
      buffer_.clear();
    if (whole && buffer_.capacity() > read_bytes)
      buffer_.shrink_to_fit();
    read_on();
  }

  static failure kind_of(error_code ec) {
    if (ec == rfc6455::error::message_too_big)
      return failure::too_big;
    if (ec == rfc6455::error::bad_frame_payload)
      return failure::invalid_utf8;
    return ec == rfc6455::condition::protocol_violation ? failure::protocol : failure::lost;
  }

  /// 1005 (RFC 6455 section 7.1.5) when its frame had none.
  std::uint16_t close_code_of_peer() const {
    const auto code = framing_.reason().code;
    return code == rfc6455::close_code::none ? 1005 : static_cast<std::uint16_t>(code);
  }

  void start_write(std::string_view text) override {
    framing_.async_write(net::const_buffer{text.data(), text.size()},
                         [self = self()](error_code ec, std::size_t) { self->on_written(!ec); });
  }

  void start_ping() override {
    framing_.async_ping({}, [self = self()](error_code) { self->on_pinged(); });
  }

  void start_close(std::uint16_t code, std::string_view reason) override {
    framing_.async_close({static_cast<rfc6455::close_code>(code), beast::string_view{reason.data(), reason.size()}},
                         [self = self()](error_code) { self->on_closed(); });
  }

  // Beast takes 0 for no limit.
  void limit_messages(std::size_t bytes) override { framing_.read_message_max(std::max<std::size_t>(bytes, 1)); }

  void drop() override { framing_.next_layer().close(); }

  std::shared_ptr<websocket_beast> self() { return std::static_pointer_cast<websocket_beast>(shared_from_this()); }

  static constexpr std::size_t read_bytes = 64u << 10;
  rfc6455::stream<primed_stream<Stream>, false> framing_;
  beast::flat_buffer buffer_;
};

} // namespace mdai::transport::detail
