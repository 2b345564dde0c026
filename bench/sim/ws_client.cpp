#include "bench/sim/ws_client.hpp"

#include <deque>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "bench/sim/connection.hpp"

namespace mdai::sim {

namespace websocket = boost::beast::websocket;

/// What plain and TLS have in common.
class ws_client::impl {
public:
  explicit impl(reactor& r)
      : reactor_(r) {}
  virtual ~impl() = default;
  virtual outcome<void> send(std::string_view text, milliseconds limit) = 0;
  virtual void close(milliseconds limit) = 0;
  /// Drops the connection; what is pending completes.
  virtual void abort() = 0;

  outcome<std::string> receive(milliseconds limit) {
    const auto waited = reactor_.run_until([this] { return ready(); }, limit);
    if (waited != reactor::wait_end::done)
      return describe(waited, "message", limit);
    if (inbox_.empty())
      return failed("the socket is " + describe(end_));
    auto text = std::move(inbox_.front());
    inbox_.pop_front();
    read_ahead();
    return text;
  }

  bool ready() const { return !inbox_.empty() || ended_; }
  bool ended() const { return ended_; }
  const ws_end& end() const { return end_; }

protected:
  /// Starts the next read unless one runs or enough waits already.
  virtual void read_ahead() = 0;

  static constexpr std::size_t inbox_limit = 256;
  reactor& reactor_;
  std::deque<std::string> inbox_;
  bool ended_ = false;
  ws_end end_;
};

namespace {

constexpr std::size_t message_limit_bytes = 32u << 20;

template <class Stream>
class socket_of final : public ws_client::impl, public std::enable_shared_from_this<socket_of<Stream>> {
public:
  socket_of(reactor& r, Stream stream)
      : impl(r)
      , socket_(std::move(stream)) {}

  outcome<void> handshake(const url& where, milliseconds limit) {
    socket_.read_message_max(message_limit_bytes);
    socket_.set_option(websocket::stream_base::decorator(
        [](websocket::request_type& request) { request.set("User-Agent", "mdai-sim"); }));
    websocket::response_type response;
    const auto ec = block_on(reactor_, lowest(), limit, [&](auto done) {
      socket_.async_handshake(response, where.authority(), where.path.empty() ? "/" : where.path, std::move(done));
    });
    if (ec == websocket::error::upgrade_declined)
      return failed(where.websocket() + " refused the upgrade: HTTP " + std::to_string(response.result_int()));
    if (ec)
      return describe(ec, where.origin());
    read_ahead();
    return {};
  }

  outcome<void> send(std::string_view text, milliseconds limit) override {
    if (ended_)
      return failed("the socket is " + describe(end_));
    const auto ec = block_on(reactor_, lowest(), limit, [&](auto done) {
      socket_.async_write(net::buffer(text.data(), text.size()), std::move(done));
    });
    if (ec)
      return describe(ec, "the other side");
    return {};
  }

  void close(milliseconds limit) override {
    if (!ended_) {
      auto closed = std::make_shared<bool>(false);
      socket_.async_close(websocket::close_code::normal,
                          [closed, self = this->shared_from_this()](const error_code&) { *closed = true; });
      reactor_.finish([&] { return *closed; }, limit);
    }
    abort();
  }

  void abort() override { lowest().close(); }

private:
  plain_stream& lowest() { return boost::beast::get_lowest_layer(socket_); }

  void read_ahead() override {
    if (reading_ || ended_ || inbox_.size() >= inbox_limit)
      return;
    reading_ = true;
    socket_.async_read(buffer_, [self = this->shared_from_this()](const error_code& ec, std::size_t) {
      self->reading_ = false;
      self->on_read(ec);
    });
  }

  void on_read(const error_code& ec) {
    if (ec) {
      ended_ = true;
      const auto& reason = socket_.reason();
      end_ = ec == websocket::error::closed
                 ? ws_end{reason.code, std::string{reason.reason.data(), reason.reason.size()}}
                 : ws_end{1006, ec.message()};
      return;
    }
    inbox_.push_back(boost::beast::buffers_to_string(buffer_.data()));
    buffer_.clear();
    read_ahead();
  }

  websocket::stream<Stream> socket_;
  boost::beast::flat_buffer buffer_;
  bool reading_ = false;
};

template <class Stream>
outcome<std::shared_ptr<ws_client::impl>> open(reactor& r, outcome<std::unique_ptr<Stream>> stream, const url& where,
                                               milliseconds limit) {
  if (!stream)
    return stream.error();
  auto socket = std::make_shared<socket_of<Stream>>(r, std::move(**stream));
  if (auto shaken = socket->handshake(where, limit); !shaken)
    return shaken.error();
  return std::shared_ptr<ws_client::impl>{std::move(socket)};
}

} // namespace

outcome<ws_client> ws_client::connect(reactor& r, const url& where, const tls_trust& trust, milliseconds limit) {
  auto opened = where.secure ? open(r, connect_tls(r, where, trust, limit), where, limit)
                             : open(r, connect_plain(r, where, limit), where, limit);
  if (!opened)
    return opened.error();
  return ws_client{std::move(*opened)};
}

ws_client::ws_client(std::shared_ptr<impl> p)
    : impl_(std::move(p)) {}
ws_client::ws_client(ws_client&&) noexcept = default;
ws_client& ws_client::operator=(ws_client&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}
ws_client::~ws_client() {
  if (impl_)
    impl_->abort();
}

outcome<void> ws_client::send(std::string_view text, milliseconds limit) { return impl_->send(text, limit); }
outcome<std::string> ws_client::receive(milliseconds limit) { return impl_->receive(limit); }
bool ws_client::ready() const { return impl_->ready(); }
bool ws_client::ended() const { return impl_->ended(); }
const ws_end& ws_client::end() const { return impl_->end(); }
void ws_client::close(milliseconds limit) { impl_->close(limit); }

std::string describe(const ws_end& end) {
  return "closed with " + std::to_string(end.code) + (end.reason.empty() ? "" : " (" + end.reason + ")");
}

} // namespace mdai::sim
