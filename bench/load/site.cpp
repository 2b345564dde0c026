#include "bench/load/site.hpp"

#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>

namespace mdai::load {

sim::outcome<site> site::resolve(const std::string& url, const trust& which) {
  auto where = sim::url::parse(url);
  if (!where)
    return where.error();
  site out;
  out.where = *where;
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  if (const int error = ::getaddrinfo(where->host.c_str(), where->port.c_str(), &hints, &found); error != 0)
    return sim::failed("--target: " + std::string{::gai_strerror(error)});
  std::memcpy(&out.at.address, found->ai_addr, sizeof out.at.address);
  ::freeaddrinfo(found);
  if (!where->secure)
    return out;
  auto tls = make_client_context(which);
  if (!tls)
    return tls.error();
  out.tls = std::move(*tls);
  out.at.tls = out.tls.get();
  return out;
}

std::uint32_t site::source(std::size_t i, std::size_t per_address) const {
  constexpr std::uint32_t loopback_net = 127, first = 0x7F000001, addresses = 1u << 16;
  if (ntohl(at.address.sin_addr.s_addr) >> 24 != loopback_net)
    return 0;
  return first + static_cast<std::uint32_t>(i / per_address % addresses);
}

} // namespace mdai::load
