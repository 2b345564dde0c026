#include "bench/sim/url.hpp"

#include <algorithm>

namespace mdai::sim {
namespace {

struct scheme {
  std::string_view prefix, default_port;
  bool secure;
};
constexpr scheme schemes[] = {
    {"http://", "80", false}, {"https://", "443", true}, {"ws://", "80", false}, {"wss://", "443", true}};

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Cuts "host", "host:port" or "[v6]:port"; false when it is none of them.
bool split_authority(std::string_view text, url& out) {
  const bool v6 = text.starts_with('[');
  const auto host_end = v6 ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == text.npos)
    return false;
  out.host = text.substr(v6 ? 1 : 0, host_end - (v6 ? 1 : 0));
  auto rest = text.substr(host_end + (v6 ? 1 : 0));
  if (rest.starts_with(':')) {
    out.port = rest.substr(1);
    rest = {};
  }
  return rest.empty() && !out.host.empty() && is_port(out.port);
}

} // namespace

outcome<url> url::parse(std::string_view text) {
  for (const auto& s : schemes) {
    if (!text.starts_with(s.prefix))
      continue;
    const auto rest = text.substr(s.prefix.size());
    const auto slash = std::min(rest.find_first_of("/?"), rest.size());
    url out{s.secure, {}, std::string{s.default_port}, std::string{rest.substr(slash)}};
    if (split_authority(rest.substr(0, slash), out))
      return out;
  }
  return failed("not a URL like https://host:port: " + std::string{text});
}

std::string url::authority() const { return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + port; }

std::string url::origin() const { return (secure ? "https://" : "http://") + authority(); }
std::string url::websocket() const { return (secure ? "wss://" : "ws://") + authority() + path; }

url url::at(std::string_view more) const {
  url out = *this;
  while (out.path.ends_with('/'))
    out.path.pop_back();
  out.path += more;
  return out;
}

} // namespace mdai::sim
