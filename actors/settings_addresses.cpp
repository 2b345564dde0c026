#include "actors/settings_addresses.hpp"

#include <algorithm>

#include <arpa/inet.h>

#include "actors/settings_parse.hpp"

namespace mdai::config {

namespace {

bool is_family(int family, std::string_view text) {
  unsigned char raw[sizeof(in6_addr)];
  return inet_pton(family, std::string{text}.c_str(), raw) == 1;
}

bool consists_of(std::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool in_scheme(char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; }
bool in_host(char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; }
bool in_rest(char c) { return c > ' ' && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\'; }

bool is_port(std::string_view text) {
  auto port = parse_integer(text);
  return port && *port >= 1 && *port <= 65535 && text.size() <= 5;
}

bool is_host(std::string_view host) {
  if (host.starts_with('['))
    return host.ends_with(']') && is_family(AF_INET6, host.substr(1, host.size() - 2));
  return consists_of(host, in_host);
}

} // namespace

bool is_address(std::string_view text) { return is_family(AF_INET, text) || is_family(AF_INET6, text); }

bool is_network(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos)
    return is_address(text);
  auto bits = parse_integer(text.substr(slash + 1));
  auto address = text.substr(0, slash);
  return bits && *bits >= 0 &&
         ((*bits <= 32 && is_family(AF_INET, address)) || (*bits <= 128 && is_family(AF_INET6, address)));
}

std::optional<web_address> parse_web_address(std::string_view text) {
  auto colon = text.find("://");
  if (colon == text.npos || !consists_of(text.substr(0, colon), in_scheme))
    return std::nullopt;
  auto after = text.substr(colon + 3);
  auto authority = after.substr(0, after.find_first_of("/?#"));
  auto rest = after.substr(authority.size());
  if (!rest.empty() && !consists_of(rest, in_rest))
    return std::nullopt;
  auto host = authority;
  if (auto port = authority.rfind(':'); port != authority.npos && authority.find(']', port) == authority.npos) {
    if (!is_port(authority.substr(port + 1)))
      return std::nullopt;
    host = authority.substr(0, port);
  }
  if (!is_host(host))
    return std::nullopt;
  return web_address{lower(text.substr(0, colon)), std::string{host}, std::string{rest}};
}

bool is_http_url(std::string_view text) {
  auto where = parse_web_address(text);
  return where && (where->scheme == "http" || where->scheme == "https");
}

bool is_origin(std::string_view text) {
  auto where = parse_web_address(text);
  return text == "*" || (where && where->rest.empty());
}

bool is_loopback(const web_address& where) {
  return lower(where.host) == "localhost" || where.host == "[::1]" ||
         (where.host.starts_with("127.") && is_address(where.host));
}

} // namespace mdai::config
