#pragma once
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

/// A relay as one writes it with Beast in an afternoon: no actors, no JSON, no checks. The floor of the library.
namespace mdai::peer {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

/// One thread runs it all, so sockets need no type-erased executor.
using tcp_socket = net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>;
using tls_socket = net::ssl::stream<tcp_socket>;

template <class Stream>
class connection;

/// Both sides of each pair, by the pair's name and the path ("/ws/mobile", "/ws/device").
template <class Stream>
class meeting_place {
public:
  using member = std::shared_ptr<connection<Stream>>;

  /// Takes `who` in; tells it and whoever waits there of each other.
  void enter(const std::string& pair, bool is_phone, const member& who) {
    auto& both = pairs_[pair];
    (is_phone ? both.first : both.second) = who;
    if (const auto other = (is_phone ? both.second : both.first).lock()) {
      other->meet(who);
      who->meet(other);
    }
  }
  /// Forgets the pair when neither side is left.
  void leave(const std::string& pair) {
    const auto found = pairs_.find(pair);
    if (found != pairs_.end() && found->second.first.expired() && found->second.second.expired())
      pairs_.erase(found);
  }

private:
  using place = std::weak_ptr<connection<Stream>>;
  std::unordered_map<std::string, std::pair<place, place>> pairs_;
};

/// One WebSocket. What it reads goes to its peer's queue, which is written one message at a time.
template <class Stream>
class connection : public std::enable_shared_from_this<connection<Stream>> {
public:
  template <class... Args>
  explicit connection(meeting_place<Stream>& place, tcp_socket socket, Args&... tls)
      : place_(place)
      , ws_(std::move(socket), tls...) {}
  ~connection() { place_.leave(pair_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void start() {
    if constexpr (std::is_same_v<Stream, tls_socket>)
      ws_.next_layer().async_handshake(net::ssl::stream_base::server, [self = this->shared_from_this()](auto failed) {
        if (!failed)
          self->read_request();
      });
    else
      read_request();
  }
  void meet(const std::shared_ptr<connection>& peer) { peer_ = peer; }
  void send(std::string message) {
    queue_.push_back(std::move(message));
    if (queue_.size() == 1)
      write();
  }

private:
  void read_request() {
    http::async_read(ws_.next_layer(), buffer_, request_, [self = this->shared_from_this()](auto failed, std::size_t) {
      if (!failed)
        self->accept();
    });
  }
  void accept() {
    ws_.auto_fragment(false);
    ws_.text(true);
    ws_.async_accept(request_, [self = this->shared_from_this()](auto failed) {
      if (!failed)
        self->joined();
    });
  }
  /// The target is /ws/mobile?pair=K or /ws/device?pair=K.
  void joined() {
    const std::string_view target{request_.target().data(), request_.target().size()};
    const auto equals = target.find('=');
    pair_ = equals == std::string_view::npos ? std::string{} : std::string{target.substr(equals + 1)};
    const bool is_phone = target.starts_with("/ws/mobile");
    request_ = {};
    place_.enter(pair_, is_phone, this->shared_from_this());
    read();
  }
  void read() {
    ws_.async_read(buffer_, [self = this->shared_from_this()](auto failed, std::size_t) {
      if (!failed)
        self->relay();
    });
  }
  void relay() {
    if (const auto peer = peer_.lock()) {
      const auto bytes = buffer_.cdata();
      peer->send(std::string{static_cast<const char*>(bytes.data()), bytes.size()});
    }
    buffer_.consume(buffer_.size());
    read();
  }
  void write() {
    ws_.async_write(net::buffer(queue_.front()), [self = this->shared_from_this()](auto failed, std::size_t) {
      if (failed)
        return;
      self->queue_.pop_front();
      if (!self->queue_.empty())
        self->write();
    });
  }

  meeting_place<Stream>& place_;
  websocket::stream<Stream, false> ws_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  std::deque<std::string> queue_;
  std::weak_ptr<connection> peer_;
  std::string pair_;
};

} // namespace mdai::peer
