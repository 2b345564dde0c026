#include "transport/http.hpp"

#include <algorithm>
#include <atomic>

#include "protocol/http_error.hpp"
#include "transport/detail/text.hpp"

namespace mdai::transport {
namespace {

auto named(std::string_view name) {
  return [name](const auto& field) { return detail::equal_without_case(field.first, name); };
}

} // namespace

void http_headers::set(std::string name, std::string value) {
  std::erase_if(fields_, named(name));
  add(std::move(name), std::move(value));
}

void http_headers::add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

std::string_view http_headers::get(std::string_view name) const {
  const auto i = std::find_if(begin(), end(), named(name));
  return i == end() ? std::string_view{} : i->second;
}

bool http_headers::contains(std::string_view name) const { return std::any_of(begin(), end(), named(name)); }

std::optional<std::string> http_request::query_value(std::string_view name) const {
  for (std::string_view pair : detail::split(query, '&')) {
    const auto equals = pair.find('=');
    if (detail::percent_decode(pair.substr(0, equals), true) != name)
      continue;
    return equals == std::string_view::npos ? std::string{} : detail::percent_decode(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

std::optional<std::string> http_request::bearer() const {
  const auto value = detail::trim(headers.get("Authorization"));
  const auto blank = value.find(' ');
  if (blank == std::string_view::npos || !detail::equal_without_case(value.substr(0, blank), "bearer"))
    return std::nullopt;
  return std::string{detail::trim(value.substr(blank))};
}

struct http_responder::state {
  function answer;
  std::string request_id;
  std::atomic<bool> answered{false};

  void once(http_response response) {
    if (!answered.exchange(true))
      answer(std::move(response));
  }
  ~state() {
    if (!answered)
      once(error_response(500, "INTERNAL_ERROR", "The request was not answered", request_id));
  }
};

http_responder::http_responder(function answer, std::string request_id)
    : state_(std::make_shared<state>()) {
  state_->answer = std::move(answer);
  state_->request_id = std::move(request_id);
}

void http_responder::operator()(http_response response) const { state_->once(std::move(response)); }

http_response error_response(unsigned status, std::string_view code, std::string_view text,
                             std::string_view request_id) {
  http_response response;
  response.status = status;
  response.body = http_error_body(code, text, request_id);
  return response;
}

} // namespace mdai::transport
