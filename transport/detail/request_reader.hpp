#pragma once
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "protocol/limits.hpp"
#include "transport/http.hpp"

namespace mdai::transport::detail {

/// Why a request cannot be read: the connection ends with this answer.
struct request_fault {
  unsigned status = 400;
  std::string_view code, text;
};

/// Makes requests from bytes, one after the other, within the limits. No I/O: the owner puts received bytes
/// into prepare(), tells commit(), and asks advance().
class request_reader {
public:
  explicit request_reader(const limits& limit)
      : limit_(limit) {
    next();
  }

  /// Where the next bytes from the wire go.
  boost::asio::mutable_buffer prepare() { return buffer_.prepare(chunk_bytes); }
  void commit(std::size_t bytes) { buffer_.commit(bytes); }

  enum class progress { need_more, send_continue, complete, failed };
  /// Reads on in what is there. After send_continue: "100 Continue" goes out, then advance() again.
  progress advance();

  /// Whether any byte of the current request has come.
  bool started() const { return buffer_.size() > 0 || parser_->got_some(); }

  /// After complete: method, path, query, headers and body are set. After failed: what was known by then.
  http_request& request() { return request_; }
  /// The Host field, or the authority of an absolute target.
  const std::string& host() const { return host_; }
  bool keep_alive() const { return keep_alive_; }
  unsigned version() const { return version_; } ///< 10 or 11
  const request_fault& fault() const { return fault_; }

  /// Forgets the current request and begins with what came after it.
  void next();
  /// The bytes that came after the current request.
  std::string take_rest();

private:
  static constexpr std::size_t chunk_bytes = 8 << 10;
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  progress fail(unsigned status, std::string_view code, std::string_view text);
  progress fail(boost::system::error_code ec);
  void skip_empty_lines();
  progress on_header();
  void take_fields();
  bool take_target(std::string_view target);
  bool has_one_host() const;
  bool expects_continue() const;

  limits limit_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  bool header_seen_ = false;
  bool keep_alive_ = false;
  unsigned version_ = 11;
  http_request request_;
  std::string host_;
  request_fault fault_;
};

} // namespace mdai::transport::detail
