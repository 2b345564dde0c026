#include "bench/load/http.hpp"

#include <algorithm>
#include <charconv>

namespace mdai::load {
namespace {

constexpr std::string_view line_end = "\r\n", head_end = "\r\n\r\n";
constexpr std::string_view key = "bWRhaS1sb2FkLTE2Ynl0ZQ==",
                           accept = "mJE26ta2FtF+CieGq1z3I9IjqPg="; // RFC 6455, section 1.3

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto end = text.data() + text.size();
  const auto done = std::from_chars(text.data(), end, out);
  return done.ec == std::errc{} && done.ptr == end;
}

} // namespace

std::string make_upgrade(const sim::url& where, std::string_view target, std::string_view subprotocol) {
  std::string out = "GET ";
  out.append(target).append(" HTTP/1.1\r\nHost: ").append(where.authority());
  out.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
  out.append(key).append(line_end);
  if (!subprotocol.empty())
    out.append("Sec-WebSocket-Protocol: ").append(subprotocol).append(line_end);
  return out.append(line_end);
}

std::string make_create(const sim::url& where, std::string_view bearer) {
  std::string out = "POST /api/mobile/create-session HTTP/1.1\r\nHost: " + where.authority();
  return out.append("\r\nAuthorization: Bearer ").append(bearer).append("\r\nContent-Length: 0\r\n\r\n");
}

std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto line = head.substr(0, head.find(line_end));
    const auto colon = line.find(':');
    if (colon != line.npos && same_name(line.substr(0, colon), name))
      return trimmed(line.substr(colon + 1));
    head.remove_prefix(std::min(line.size() + line_end.size(), head.size()));
  }
  return {};
}

read_status read_response(std::string_view bytes, http_response& out) {
  constexpr std::size_t status_at = 9, line_least = 12; // "HTTP/1.1 200"
  const auto end = bytes.find(head_end);
  if (end == bytes.npos)
    return bytes.size() > (64u << 10) ? read_status::invalid : read_status::incomplete;
  out.head = bytes.substr(0, end);
  if (end < line_least || !bytes.starts_with("HTTP/1.1 ") || !parse(bytes.substr(status_at, 3), out.status))
    return read_status::invalid;
  std::size_t length = 0;
  const bool bodiless = out.status == 101 || out.status == 204 || out.status == 304;
  if (!bodiless && !parse(header(out.head, "Content-Length"), length))
    return read_status::invalid;
  const auto begin = end + head_end.size();
  if (bytes.size() - begin < length)
    return read_status::incomplete;
  out.body = bytes.substr(begin, length);
  out.size = begin + length;
  return read_status::complete;
}

bool accepts_upgrade(const http_response& response) {
  return response.status == 101 && header(response.head, "Sec-WebSocket-Accept") == accept;
}

} // namespace mdai::load
