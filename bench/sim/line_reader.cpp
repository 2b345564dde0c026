#include "bench/sim/line_reader.hpp"

#include <array>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

namespace mdai::sim {

/// Waits for readiness and reads then: setting standard input non-blocking would do the same to the
/// terminal's output.
class line_reader::impl : public std::enable_shared_from_this<impl> {
public:
  explicit impl(reactor& r)
      : input_(r.io(), ::dup(STDIN_FILENO)) {}

  void wait() {
    if (text_.size() > pause_bytes)
      return;
    waiting_ = true;
    input_.async_wait(net::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& ec) { self->on_ready(ec); });
  }

  void stop() {
    boost::system::error_code ignored;
    input_.close(ignored);
    over_ = true;
  }

  bool ready() const {
    return text_.find('\n') != text_.npos || text_.size() > pause_bytes || (over_ && !text_.empty());
  }

  std::optional<std::string> take() {
    if (!ready())
      return std::nullopt;
    const auto end = text_.find('\n');
    auto line = text_.substr(0, end);
    text_.erase(0, end == text_.npos ? end : end + 1);
    if (!waiting_ && !over_)
      wait();
    return line;
  }

private:
  void on_ready(const boost::system::error_code& ec) {
    waiting_ = false;
    // epoll does not take files; they are always ready.
    if (over_ || (ec && ec != net::error::operation_not_supported))
      return;
    std::array<char, 4096> piece;
    const auto n = ::read(input_.native_handle(), piece.data(), piece.size());
    if (n <= 0) {
      over_ = true;
      return;
    }
    text_.append(piece.data(), static_cast<std::size_t>(n));
    wait();
  }

  static constexpr std::size_t pause_bytes = 1u << 20;
  net::posix::stream_descriptor input_;
  std::string text_;
  bool waiting_ = false, over_ = false;
};

line_reader::line_reader(reactor& r)
    : impl_(std::make_shared<impl>(r)) {
  impl_->wait();
}
line_reader::~line_reader() { impl_->stop(); }
std::optional<std::string> line_reader::take() { return impl_->take(); }
bool line_reader::ready() const { return impl_->ready(); }

} // namespace mdai::sim
