#include "transport/detail/message_head.hpp"

#include <ctime>

#include <boost/beast/http/status.hpp>

#include "transport/detail/text.hpp"

namespace mdai::transport::detail {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_fields(std::string& out, const http_headers& fields) {
  for (const auto& [name, value] : fields) {
    bool ours = false;
    for (std::string_view own : {"Content-Length", "Connection", "Transfer-Encoding", "Date", "Host"})
      ours = ours || equal_without_case(name, own);
    if (!ours && is_token(name) && is_field_value(value))
      append_field(out, name, value);
  }
}

/// RFC 7231 section 7.1.1.1, made once a second.
std::string_view date() {
  thread_local std::time_t made = 0;
  thread_local char text[32];
  if (const std::time_t now = std::time(nullptr); now != made) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    made = now;
  }
  return text;
}

/// The host as a Host header names it: v6 in brackets, the scheme's own port left out.
std::string host_of(const url& where) {
  std::string host = where.host;
  if (host.find(':') != std::string::npos)
    host.insert(0, 1, '[').append(1, ']');
  if (where.port != (where.secure ? "443" : "80"))
    host.append(":").append(where.port);
  return host;
}

} // namespace

bool is_bodyless(unsigned status) { return status < 200 || status == 204 || status == 304; }

std::string response_head(const http_response& response, std::string_view connection) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.reserve(512);
  out.append(reason.data(), reason.size()).append("\r\n");
  append_field(out, "Date", date());
  append_fields(out, response.headers);
  if (!is_bodyless(response.status)) {
    if (!response.body.empty() && is_field_value(response.content_type))
      append_field(out, "Content-Type", response.content_type);
    append_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  if (!connection.empty())
    append_field(out, "Connection", connection);
  return out.append("\r\n");
}

std::string request_head(const client_request& request) {
  std::string out = request.method + " " + request.where.target + " HTTP/1.1\r\n";
  append_field(out, "Host", host_of(request.where));
  if (!request.headers.contains("User-Agent"))
    append_field(out, "User-Agent", "mdai-broker/" MDAI_VERSION);
  append_fields(out, request.headers);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    append_field(out, "Content-Length", std::to_string(request.body.size()));
  return out.append("\r\n");
}

} // namespace mdai::transport::detail
