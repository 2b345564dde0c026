#include "bench/load/stream.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mdai::load {
namespace {

constexpr long would_block = -1, failed = -2;

std::string system_text(int error) { return std::strerror(error); }

/// Why the last operation failed, by OpenSSL or by the system.
std::string failure_text() { return ERR_peek_error() != 0 ? tls_error() : system_text(errno); }

/// One buffer for all streams: what is left over is rare and kept by the stream.
std::array<char, 256u << 10>& shared_buffer() {
  static std::array<char, 256u << 10> buffer;
  return buffer;
}

/// The port is chosen by connect, so that a source address serves one server with as many ports as there are.
bool bind_source(int fd, std::uint32_t source) {
  const int yes = 1;
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(source);
  return ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes) == 0 &&
         ::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0;
}

} // namespace

stream::~stream() { close(); }

void stream::open(const endpoint& to, std::uint32_t source, SSL_SESSION* resumed) {
  close();
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return loop_.after_turn([this, why = system_text(errno)] { end(why); });
  const int yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const bool bound = source == 0 || bind_source(fd_, source);
  if (!bound ||
      (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.address), sizeof to.address) != 0 && errno != EINPROGRESS))
    return loop_.after_turn([this, why = system_text(errno)] { end(why); });
  state_ = state::connecting;
  wants_write_ = true;
  loop_.watch(fd_, EPOLLIN | EPOLLOUT, *this);
  if (to.tls == nullptr)
    return;
  ssl_.reset(SSL_new(to.tls));
  SSL_set_fd(ssl_.get(), fd_);
  SSL_set_connect_state(ssl_.get());
  if (resumed != nullptr)
    SSL_set_session(ssl_.get(), resumed);
}

void stream::close() {
  if (ssl_) // else OpenSSL forbids to resume a session that the server did not end with a close_notify
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
  state_ = state::closed;
  out_.clear();
  rest_.clear();
}

void stream::end(const std::string& why) {
  close();
  events_.on_end(why);
}

void stream::on_io(std::uint32_t events) {
  switch (state_) {
  case state::closed:
    return; // an event of a turn in which it was closed
  case state::connecting:
    return connected();
  case state::shaking_hands:
    return shake_hands();
  case state::open:
    break;
  }
  if ((events & EPOLLOUT) != 0)
    flush();
  if ((events & ~EPOLLOUT) != 0 && state_ == state::open)
    receive();
}

void stream::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    return end(system_text(error));
  if (ssl_) {
    state_ = state::shaking_hands;
    return shake_hands();
  }
  state_ = state::open;
  want_write(false);
  events_.on_open();
}

void stream::shake_hands() {
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    state_ = state::open;
    want_write(false);
    return events_.on_open();
  }
  const int why = SSL_get_error(ssl_.get(), done);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    return end("during the TLS handshake: " + (why == SSL_ERROR_SSL ? tls_error() : "connection lost"));
  want_write(why == SSL_ERROR_WANT_WRITE);
}

long stream::read_some(char* into, std::size_t room) {
  if (ssl_)
    return read_tls(into, room);
  const auto got = ::recv(fd_, into, room, 0);
  return got >= 0 ? got : errno == EAGAIN || errno == EINTR ? would_block : failed;
}

/// All records that one recv brought, and no recv more.
long stream::read_tls(char* into, std::size_t room) {
  std::size_t total = 0;
  do {
    std::size_t got = 0;
    const int done = SSL_read_ex(ssl_.get(), into + total, room - total, &got);
    if (done == 1) {
      total += got;
      continue;
    }
    const int why = SSL_get_error(ssl_.get(), done);
    if (total > 0 || why == SSL_ERROR_WANT_READ)
      break; // an end shows again at the next call
    return why == SSL_ERROR_ZERO_RETURN ? 0 : failed;
  } while (total < room && SSL_has_pending(ssl_.get()) == 1);
  return total > 0 ? static_cast<long>(total) : would_block;
}

void stream::receive() {
  auto& buffer = shared_buffer();
  const long got = read_some(buffer.data(), buffer.size());
  if (got == would_block)
    return;
  if (got <= 0)
    return end(got == 0 ? "" : failure_text());
  in_callback_ = true;
  hand_over({buffer.data(), static_cast<std::size_t>(got)});
  in_callback_ = false;
  flush();
}

void stream::hand_over(std::string_view bytes) {
  if (rest_.empty()) {
    const auto used = events_.on_bytes(bytes);
    if (state_ == state::open)
      rest_ = bytes.substr(used);
    return;
  }
  std::string all = std::exchange(rest_, {});
  all += bytes;
  const auto used = events_.on_bytes(all);
  if (state_ == state::open)
    rest_ = all.substr(used);
}

long stream::write_some(std::string_view bytes) {
  if (!ssl_) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EINTR ? would_block : failed;
  }
  std::size_t total = 0;
  while (total < bytes.size()) {
    std::size_t sent = 0;
    const int done = SSL_write_ex(ssl_.get(), bytes.data() + total, bytes.size() - total, &sent);
    if (done != 1)
      return total > 0                                                 ? static_cast<long>(total)
             : SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_WRITE ? would_block
                                                                       : failed;
    total += sent;
  }
  return static_cast<long>(total);
}

void stream::flush() {
  if (!in_callback_)
    send_out();
}

void stream::send_out() {
  if (out_.empty() || state_ != state::open)
    return;
  const long sent = write_some(out_);
  if (sent == failed) // reading tells the reason, and what the server sent before
    return out_.clear();
  if (sent > 0)
    out_.erase(0, static_cast<std::size_t>(sent));
  want_write(!out_.empty());
}

void stream::finish() {
  send_out();
  if (ssl_)
    SSL_shutdown(ssl_.get());
  if (fd_ >= 0)
    ::shutdown(fd_, SHUT_WR);
}

void stream::want_write(bool wanted) {
  if (wanted == wants_write_)
    return;
  wants_write_ = wanted;
  loop_.change(fd_, EPOLLIN | (wanted ? EPOLLOUT : 0u), *this);
}

} // namespace mdai::load
