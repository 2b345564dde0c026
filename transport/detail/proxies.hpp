#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "transport/http.hpp"

namespace mdai::transport::detail {

namespace ip = boost::asio::ip;

/// An address without its v4-mapped disguise: "::ffff:10.0.0.1" is 10.0.0.1.
ip::address plain_address(const ip::address& address);

/// The proxies whose X-Forwarded-* count. Immutable after construction; any thread.
class proxy_list {
public:
  proxy_list() = default;
  /// Addresses or CIDR blocks; what is neither is skipped (settings were checked when they were read).
  explicit proxy_list(const std::vector<std::string>& blocks);
  bool contains(const ip::address& address) const;

private:
  std::vector<ip::network_v4> v4_;
  std::vector<ip::network_v6> v6_;
};

/// Who calls, and from where it seems to him that he calls.
struct origin_of_request {
  ip::address client;
  bool trusted_proxy = false; ///< the peer is one
  bool secure = false;
  std::string host; ///< empty when invalid
};

/// Judges Host and X-Forwarded-{For,Proto,Host}. Of a list the right-most part counts, for only that part is
/// the peer's own word; the client is the right-most address that is no trusted proxy.
origin_of_request judge_origin(const ip::address& peer, bool over_tls, std::string_view host,
                               const http_headers& headers, const proxy_list& proxies);

} // namespace mdai::transport::detail
