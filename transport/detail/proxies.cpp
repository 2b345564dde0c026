#include "transport/detail/proxies.hpp"

#include <algorithm>
#include <optional>

#include "transport/detail/text.hpp"

namespace mdai::transport::detail {
namespace {

/// "10.0.0.1", "10.0.0.1:8080", "::1" or "[::1]:8080".
std::optional<ip::address> parse_hop(std::string_view text) {
  text = trim(text);
  if (text.starts_with('['))
    text = text.substr(1, text.find(']') - 1);
  else if (std::count(text.begin(), text.end(), ':') == 1)
    text = text.substr(0, text.find(':'));
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string{text}, ec);
  if (ec)
    return std::nullopt;
  return plain_address(address);
}

std::vector<std::string_view> list_of(const http_headers& headers, std::string_view name) {
  std::vector<std::string_view> parts;
  for (const auto& [field, value] : headers)
    if (equal_without_case(field, name))
      for (auto part : split(value, ','))
        parts.push_back(trim(part));
  return parts;
}

ip::address client_behind(const ip::address& peer, const http_headers& headers, const proxy_list& proxies) {
  ip::address client = peer;
  const auto hops = list_of(headers, "X-Forwarded-For");
  for (auto i = hops.rbegin(); i != hops.rend() && proxies.contains(client); ++i) {
    const auto hop = parse_hop(*i);
    if (!hop)
      break;
    client = *hop;
  }
  return client;
}

std::string_view last_of(const http_headers& headers, std::string_view name) {
  const auto parts = list_of(headers, name);
  return parts.empty() ? std::string_view{} : parts.back();
}

} // namespace

ip::address plain_address(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

proxy_list::proxy_list(const std::vector<std::string>& blocks) {
  for (const auto& block : blocks) {
    boost::system::error_code ec;
    if (const auto address = ip::make_address(block, ec); !ec) {
      const auto plain = plain_address(address);
      if (plain.is_v4())
        v4_.emplace_back(plain.to_v4(), 32);
      else
        v6_.emplace_back(plain.to_v6(), 128);
    } else if (const auto v4 = ip::make_network_v4(block, ec); !ec) {
      v4_.push_back(v4.canonical());
    } else if (const auto v6 = ip::make_network_v6(block, ec); !ec) {
      v6_.push_back(v6.canonical());
    }
  }
}

bool proxy_list::contains(const ip::address& address) const {
  if (address.is_v4())
    return std::any_of(v4_.begin(), v4_.end(), [a = address.to_v4()](const ip::network_v4& n) {
      return ip::network_v4{a, n.prefix_length()}.network() == n.address();
    });
  return std::any_of(v6_.begin(), v6_.end(), [a = address.to_v6()](const ip::network_v6& n) {
    return ip::network_v6{a, n.prefix_length()}.network() == n.address();
  });
}

origin_of_request judge_origin(const ip::address& peer, bool over_tls, std::string_view host,
                               const http_headers& headers, const proxy_list& proxies) {
  origin_of_request origin{peer, proxies.contains(peer), over_tls, {}};
  if (origin.trusted_proxy) {
    origin.client = client_behind(peer, headers, proxies);
    if (const auto scheme = last_of(headers, "X-Forwarded-Proto"); !scheme.empty())
      origin.secure = equal_without_case(scheme, "https") || equal_without_case(scheme, "wss");
    if (const auto outer = last_of(headers, "X-Forwarded-Host"); !outer.empty())
      host = outer;
  }
  if (is_host(host))
    origin.host = host;
  return origin;
}

} // namespace mdai::transport::detail
