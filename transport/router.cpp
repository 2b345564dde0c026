#include "transport/router.hpp"

#include "transport/detail/text.hpp"

namespace mdai::transport {
namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::vector<std::string> segments_of(std::string_view pattern) {
  const auto parts = detail::split(pattern, '/');
  return {parts.begin(), parts.end()};
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size())
    return false;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i])
      return false;
  return true;
}

/// Whether `a` says literally what `b` leaves open, at the first place where they differ in that.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (is_parameter(a[i]) != is_parameter(b[i]))
      return is_parameter(b[i]);
  return false;
}

/// What the path says where the pattern leaves it open.
void fill(http_request& request, const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  for (std::size_t i = 0; i < path.size(); ++i)
    if (const std::string_view name = pattern[i]; is_parameter(name))
      request.params[std::string{name.substr(1, name.size() - 2)}] = path[i];
}

} // namespace

void router::add(std::string method, std::string_view pattern, http_handler handler) {
  routes_.push_back({segments_of(pattern), std::move(method), std::move(handler), {}});
}

void router::add_websocket(std::string_view pattern, upgrade_handler handler) {
  routes_.push_back({segments_of(pattern), {}, {}, std::move(handler)});
}

std::vector<std::pair<std::string, std::string>> router::http_routes() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& r : routes_) {
    if (r.upgrade)
      continue;
    std::string pattern = r.segments.front();
    for (std::size_t i = 1; i < r.segments.size(); ++i)
      pattern.append("/").append(r.segments[i]);
    out.emplace_back(r.method, std::move(pattern));
  }
  return out;
}

router::match router::find(http_request& request) const {
  const auto path = detail::split(request.path, '/');
  match found;
  const route* best = nullptr;
  for (const auto& r : routes_) {
    if (!fits(r.segments, path))
      continue;
    if (r.upgrade) {
      found.upgrade = &r.upgrade;
      fill(request, r.segments, path);
      found.allowed_methods.insert("GET");
      continue;
    }
    found.allowed_methods.insert({r.method, "OPTIONS"});
    if (r.method == "GET")
      found.allowed_methods.insert("HEAD");
    const bool speaks = r.method == request.method || (request.method == "HEAD" && r.method == "GET");
    if (speaks && (!best || more_literal(r.segments, best->segments)))
      best = &r;
  }
  if (best) {
    found.http = &best->http;
    fill(request, best->segments, path);
  }
  return found;
}

} // namespace mdai::transport
