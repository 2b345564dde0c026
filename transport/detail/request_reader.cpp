#include "transport/detail/request_reader.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/error.hpp>

#include "transport/detail/text.hpp"

namespace mdai::transport::detail {

namespace http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

} // namespace

void request_reader::next() {
  parser_.emplace();
  parser_->eager(false);
  parser_->header_limit(static_cast<std::uint32_t>(limit_.max_header_bytes));
  // A declared length is judged in on_header(), when the request is known well enough to be answered.
  parser_->body_limit(boost::none);
  header_seen_ = false;
  keep_alive_ = false;
  request_ = {};
  host_.clear();
}

std::string request_reader::take_rest() {
  auto rest = boost::beast::buffers_to_string(buffer_.data());
  buffer_.clear();
  return rest;
}

request_reader::progress request_reader::advance() {
  skip_empty_lines();
  while (!parser_->is_done()) {
    if (buffer_.size() == 0)
      return progress::need_more;
    boost::system::error_code ec;
    buffer_.consume(parser_->put(buffer_.data(), ec));
    if (ec == http::error::need_more)
      // Only heads of requests and of chunks gather here; both are bounded alike.
      return buffer_.size() > limit_.max_header_bytes ? fail(http::error::header_limit) : progress::need_more;
    if (ec)
      return fail(ec);
    if (!header_seen_ && parser_->is_header_done()) {
      header_seen_ = true;
      if (const auto verdict = on_header(); verdict != progress::complete)
        return verdict;
    }
  }
  request_.body = std::move(parser_->get().body());
  return progress::complete;
}

/// RFC 7230 section 3.5: some clients send an empty line after a body.
void request_reader::skip_empty_lines() {
  while (!parser_->got_some() && buffer_.size() > 0) {
    const char c = *static_cast<const char*>(buffer_.data().data());
    if (c != '\r' && c != '\n')
      return;
    buffer_.consume(1);
  }
}

request_reader::progress request_reader::fail(unsigned status, std::string_view code, std::string_view text) {
  if (!header_seen_)
    take_fields();
  keep_alive_ = false;
  fault_ = {status, code, text};
  return progress::failed;
}

request_reader::progress request_reader::fail(boost::system::error_code ec) {
  if (ec == http::error::header_limit)
    return fail(431, "HEADERS_TOO_LARGE", "The request's headers are too large");
  if (ec == http::error::body_limit)
    return fail(413, "PAYLOAD_TOO_LARGE", "The request's body is too large");
  return fail(400, "BAD_REQUEST", "The request is not valid HTTP");
}

/// Judges the header alone; complete means: go on with the body.
request_reader::progress request_reader::on_header() {
  const auto& message = parser_->get();
  version_ = message.version();
  // Now, because trailers of a chunked body would join the fields later.
  take_fields();
  if ((version_ != 10 && version_ != 11) || !has_one_host() || !take_target(view(message.target())))
    return fail(400, "BAD_REQUEST", "The request is not valid HTTP");
  if (request_.headers.contains("Transfer-Encoding") &&
      !equal_without_case(trim(request_.headers.get("Transfer-Encoding")), "chunked"))
    return fail(400, "BAD_REQUEST", "Only the chunked transfer encoding is understood");
  if (const auto length = parser_->content_length(); length && *length > limit_.max_body_bytes)
    return fail(http::error::body_limit);
  parser_->body_limit(limit_.max_body_bytes);
  keep_alive_ = message.keep_alive();
  return expects_continue() ? progress::send_continue : progress::complete;
}

void request_reader::take_fields() {
  request_.method = view(parser_->get().method_string());
  for (const auto& field : parser_->get())
    request_.headers.add(std::string{view(field.name_string())}, std::string{view(field.value())});
}

/// Origin form, or absolute form as RFC 7230 section 5.3.2 makes servers take it.
bool request_reader::take_target(std::string_view target) {
  host_ = request_.headers.get("Host");
  for (std::string_view scheme : {"http://", "https://"})
    if (equal_without_case(target.substr(0, scheme.size()), scheme)) {
      target.remove_prefix(scheme.size());
      host_ = target.substr(0, target.find_first_of("/?"));
      target.remove_prefix(host_.size());
      if (!target.starts_with('/'))
        return false;
    }
  if (!target.starts_with('/') && target != "*")
    return false;
  const auto question = target.find('?');
  auto path = percent_decode(target.substr(0, question), false);
  if (!path)
    return false;
  request_.path = std::move(*path);
  if (question != std::string_view::npos)
    request_.query = target.substr(question + 1);
  return true;
}

bool request_reader::has_one_host() const {
  const auto hosts = parser_->get().count(http::field::host);
  return hosts == 1 || (hosts == 0 && version_ == 10);
}

/// A body that is already on its way needs no leave.
bool request_reader::expects_continue() const {
  return version_ == 11 && !parser_->is_done() && buffer_.size() == 0 &&
         equal_without_case(trim(request_.headers.get("Expect")), "100-continue");
}

} // namespace mdai::transport::detail
