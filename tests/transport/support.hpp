#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "transport/server.hpp"

/// Real sockets on 127.0.0.1, every wait for an event with a generous end.
namespace mdai::transport::test {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = net::ip::tcp;
using response = http::response<http::string_body>;

constexpr std::chrono::seconds patience{20};

/// Loops, each on a thread of its own.
class running_loops {
public:
  explicit running_loops(unsigned count) {
    for (unsigned i = 0; i < count; ++i)
      loops_.push_back(std::make_unique<loop>(i));
    for (auto& l : loops_)
      threads_.emplace_back([&l] { l->run(); });
  }
  ~running_loops() {
    for (auto& l : loops_)
      l->stop();
    for (auto& t : threads_)
      t.join();
  }
  loop& front() { return *loops_.front(); }
  std::vector<loop*> all() {
    std::vector<loop*> out;
    for (auto& l : loops_)
      out.push_back(l.get());
    return out;
  }
  /// Runs `f` on the first loop and waits for it.
  void on_front(const std::function<void()>& f) { run_on(front(), f); }
  /// Waits until what is posted by now is done.
  void settle() {
    for (auto& l : loops_)
      run_on(*l, [] {});
  }

private:
  static void run_on(loop& l, const std::function<void()>& f);

  std::vector<std::unique_ptr<loop>> loops_;
  std::vector<std::thread> threads_;
};

/// A one-time event between threads.
class event {
public:
  void set() {
    std::lock_guard lock{mutex_};
    set_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [this] { return set_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

inline void running_loops::run_on(loop& l, const std::function<void()>& f) {
  event done;
  l.post([&] {
    f();
    done.set();
  });
  if (!done.wait())
    throw std::runtime_error("the loop is stuck");
}

/// A server on two loops at a free port.
class running_server {
public:
  explicit running_server(const std::function<void(router&)>& fill, const shared_settings& settings = {},
                          std::shared_ptr<tls_server_context> tls = nullptr,
                          std::shared_ptr<detail::address_counter> addresses = nullptr)
      : loops_(2) {
    auto routes = std::make_shared<router>();
    fill(*routes);
    server_ =
        std::make_unique<server>(loops_.all(), server_options{.tls = std::move(tls), .addresses = std::move(addresses)},
                                 routes, std::make_shared<shared_settings>(settings));
    if (!server_->start())
      throw std::runtime_error("the server does not start");
  }
  ~running_server() { end(); }
  server* operator->() { return server_.get(); }
  unsigned short port() const { return server_->port(); }
  running_loops& loops() { return loops_; }
  /// Ends the server and hears its connections out: handlers may hold sockets until on_closed.
  void end() {
    server_.reset();
    loops_.settle();
    loops_.settle();
  }

private:
  running_loops loops_;
  std::unique_ptr<server> server_;
};

/// Runs one asynchronous operation at a time and waits for it.
class patient {
public:
  template <class Start>
  std::size_t await(error_code& ec, Start start) {
    bool done = false;
    std::size_t bytes = 0;
    io_.restart();
    start([&](error_code e, std::size_t n = 0) {
      ec = e;
      bytes = n;
      done = true;
    });
    io_.run_for(patience);
    if (!done)
      throw std::runtime_error("no event in time");
    return bytes;
  }
  template <class Start>
  std::size_t await(Start start) {
    error_code ec;
    const auto bytes = await(ec, std::move(start));
    if (ec)
      throw boost::system::system_error{ec};
    return bytes;
  }

protected:
  net::io_context io_;
};

/// A client that speaks bytes.
class raw_peer : public patient {
public:
  explicit raw_peer(unsigned short port, int receive_buffer = 0, const std::function<void()>& before_connect = {})
      : socket_(io_) {
    socket_.open(tcp::v4());
    if (receive_buffer > 0)
      socket_.set_option(net::socket_base::receive_buffer_size(receive_buffer));
    if (before_connect)
      before_connect();
    socket_.connect({net::ip::address_v4::loopback(), port});
  }
  void send(std::string_view bytes) {
    await([&](auto then) { net::async_write(socket_, net::buffer(bytes), then); });
  }
  response read_response(bool to_head = false) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    parser.skip(to_head);
    await([&](auto then) { http::async_read(socket_, buffer_, parser, then); });
    return parser.release();
  }
  response ask(std::string_view bytes, bool to_head = false) {
    send(bytes);
    return read_response(to_head);
  }
  /// `count` more bytes.
  std::string read(std::size_t count) {
    while (buffer_.size() < count)
      buffer_.commit(await([&](auto then) { socket_.async_read_some(buffer_.prepare(count - buffer_.size()), then); }));
    const auto out = beast::buffers_to_string(beast::buffers_prefix(count, buffer_.data()));
    buffer_.consume(count);
    return out;
  }
  /// What comes until the peer ends the connection; `ec` is eof when it did so in good manners.
  std::string read_to_end(error_code& ec) {
    for (ec = {}; !ec;)
      buffer_.commit(await(ec, [&](auto then) { socket_.async_read_some(buffer_.prepare(4096), then); }));
    const auto out = beast::buffers_to_string(buffer_.data());
    buffer_.clear();
    return out;
  }
  /// Whether the peer ends the connection in good manners, without another byte.
  bool at_end() {
    error_code ec;
    return read_to_end(ec).empty() && ec == net::error::eof;
  }
  tcp::socket& socket() { return socket_; }

private:
  tcp::socket socket_;
  beast::flat_buffer buffer_;
};

/// GET `target`, with more header lines.
inline std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: test\r\n" + std::string{more} + "\r\n";
}
inline std::string post(std::string_view target, std::string_view body, std::string_view more = {}) {
  return "POST " + std::string{target} + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string{more} + "\r\n" + std::string{body};
}

/// A WebSocket's handler that writes everything down and can answer.
class recorder : public websocket_handler {
public:
  using text_answer = std::function<void(websocket&, payload)>;
  explicit recorder(text_answer answer = {})
      : answer_(std::move(answer)) {}

  void on_open(websocket_ptr socket) override {
    {
      std::lock_guard lock{mutex_};
      socket_ = std::move(socket);
    }
    note("open");
  }
  void on_text(payload text) override {
    note("text " + std::string{text.view()});
    if (answer_)
      answer_(*socket_, std::move(text));
  }
  void on_binary(payload bytes) override { note("binary " + std::string{bytes.view()}); }
  void on_pong() override { note("pong"); }
  void on_idle_frame(std::size_t bytes) override { idle_bytes_ += bytes + 1; }
  void on_closing() override { closing_.set(); }
  void on_closed(const websocket_end& end) override {
    {
      std::lock_guard lock{mutex_};
      socket_ = nullptr;
    }
    note("closed " + std::to_string(end.code) + (end.by_peer ? " by peer" : " by us") +
         (end.slow_consumer ? ", slow" : ""));
  }

  /// Waits until it hears that the end has begun.
  bool hears_closing() { return closing_.wait(); }
  /// Of frames without a message, each counted as one byte more than it brought.
  std::size_t idle_bytes() const { return idle_bytes_; }

  /// The next event, waited for.
  std::string next() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [this] { return !events_.empty(); }))
      return "nothing";
    auto out = std::move(events_.front());
    events_.pop_front();
    return out;
  }
  bool empty() {
    std::lock_guard lock{mutex_};
    return events_.empty();
  }
  websocket_ptr socket() {
    std::lock_guard lock{mutex_};
    return socket_;
  }

private:
  void note(std::string what) {
    std::lock_guard lock{mutex_};
    events_.push_back(std::move(what));
    changed_.notify_all();
  }

  text_answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> events_;
  event closing_;
  std::atomic<std::size_t> idle_bytes_{0};
  websocket_ptr socket_;
};

inline recorder::text_answer echo() {
  return [](websocket& socket, payload text) {
    const auto size = text.size();
    socket.send(std::move(text));
    socket.consumed(size);
  };
}

/// The route /ws with one handler for every socket.
inline std::function<void(router&)> websocket_route(std::shared_ptr<websocket_handler> handler,
                                                    websocket_options options = {}) {
  return [handler, options](router& r) {
    r.add_websocket("/ws", [handler, options](const http_request&) { return websocket_accept{handler, options}; });
  };
}

inline std::string upgrade_request(std::string_view more = {}, std::string_view target = "/ws") {
  return get(target, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                         std::string{more});
}

/// One frame of a client (RFC 6455 section 5.2), masked with zeros.
inline std::string frame(unsigned opcode, std::string_view text, bool fin = true) {
  std::string out{static_cast<char>((fin ? 0x80 : 0) | opcode)};
  const auto size = text.size();
  const int length_bytes = size < 126 ? 0 : size < 65'536 ? 2 : 8;
  out += static_cast<char>(0x80 | (length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (int i = length_bytes - 1; i >= 0; --i)
    out += static_cast<char>(size >> (8 * i));
  return out.append(4, '\0').append(text);
}
inline std::string close_frame(unsigned code) {
  return frame(8, std::string{static_cast<char>(code >> 8), static_cast<char>(code)});
}

struct received_frame {
  unsigned opcode = 0;
  bool fin = true;
  std::string data;
  /// Of a close frame; 0 when it has none.
  unsigned code() const {
    return data.size() < 2 ? 0 : static_cast<unsigned char>(data[0]) * 256u + static_cast<unsigned char>(data[1]);
  }
};

/// A client after a successful upgrade that reads and writes frames.
class frame_peer : public raw_peer {
public:
  explicit frame_peer(unsigned short port, std::string_view more = {}, int receive_buffer = 0)
      : raw_peer(port, receive_buffer) {
    if (const auto answer = ask(upgrade_request(more)); answer.result_int() != 101)
      throw std::runtime_error("upgrade refused: " + std::to_string(answer.result_int()));
  }
  received_frame read_frame() {
    const auto head = read(2);
    received_frame out{static_cast<unsigned>(head[0]) & 15u, (head[0] & 0x80) != 0, {}};
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size >= 126) {
      std::size_t long_size = 0;
      for (unsigned char c : read(size == 126 ? 2 : 8))
        long_size = long_size << 8 | c;
      size = long_size;
    }
    out.data = read(size);
    return out;
  }
  /// The next text; fails on anything else.
  std::string read_text() {
    const auto f = read_frame();
    return f.opcode == 1 ? f.data : "frame of opcode " + std::to_string(f.opcode);
  }
  void send_text(std::string_view text) { send(frame(1, text)); }
};

} // namespace mdai::transport::test
