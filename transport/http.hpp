#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mdai::transport {

/// Header fields in the order they came; names compare without case.
class http_headers {
public:
  void set(std::string name, std::string value);
  void add(std::string name, std::string value);
  /// The first field of that name, or an empty view.
  std::string_view get(std::string_view name) const;
  bool contains(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// One request as a handler sees it: whole, bounded, with what the proxy in front says already judged.
struct http_request {
  std::string method; ///< "GET"
  std::string path;   ///< percent-decoded, without the query
  std::string query;  ///< as sent, without '?'
  http_headers headers;
  std::string body;
  std::map<std::string, std::string, std::less<>> params; ///< `{name}` parts of the route
  std::string client_address; ///< the peer's, or from X-Forwarded-For when the peer is a trusted proxy
  bool trusted_proxy = false; ///< the peer is one
  bool secure = false;        ///< over TLS, or a trusted proxy says so
  std::string host;           ///< the Host header (or X-Forwarded-Host of a trusted proxy) when it is a valid
                              ///< host[:port], else empty
  std::string request_id;     ///< the client's when valid, else made; answered as X-Request-Id

  /// Decoded value of the first query parameter of that name.
  std::optional<std::string> query_value(std::string_view name) const;
  /// The token of `Authorization: Bearer`, scheme compared without case; nothing when absent or empty.
  std::optional<std::string> bearer() const;
};

struct http_response {
  unsigned status = 200;
  http_headers headers{};
  std::string content_type = "application/json";
  std::string body{};
};

/// Answers one request, once. Copyable; any thread. When every copy dies unanswered, the client gets a 500,
/// whose body carries `request_id`.
class http_responder {
public:
  using function = std::function<void(http_response)>;
  explicit http_responder(function answer, std::string request_id = {});
  void operator()(http_response response) const;

private:
  struct state;
  std::shared_ptr<state> state_;
};

/// The contract's JSON error body for `status`; `code` is UPPER_SNAKE, `text` one sentence for people.
http_response error_response(unsigned status, std::string_view code, std::string_view text,
                             std::string_view request_id);

} // namespace mdai::transport
