#include "transport/detail/byte_stream.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace mdai::transport::detail {

plain_stream& byte_stream::socket() {
  if (auto* secure = tls())
    return secure->next_layer();
  return std::get<plain_stream>(stream_);
}

void byte_stream::handshake(net::ssl::stream_base::handshake_type side, done then) {
  if (auto* secure = tls())
    secure->async_handshake(side, [then = std::move(then)](error_code ec) { then(ec, 0); });
  else
    net::post(socket().get_executor(), [then = std::move(then)] { then({}, 0); });
}

void byte_stream::read_some(net::mutable_buffer into, done then) {
  std::visit([&](auto& s) { s.async_read_some(net::mutable_buffers_1{into}, std::move(then)); }, stream_);
}

void byte_stream::write(const std::array<net::const_buffer, 2>& bytes, done then) {
  std::visit([&](auto& s) { net::async_write(s, bytes, std::move(then)); }, stream_);
}

void byte_stream::close() {
  error_code ignored;
  socket().close(ignored);
}

} // namespace mdai::transport::detail
