#include "actors/http_answers.hpp"

#include "protocol/ids.hpp"

namespace mdai {

request_trace trace_of(const transport::http_request& request) {
  auto parent = request.headers.get("traceparent");
  return {request.request_id, is_traceparent(parent) ? std::string{parent} : std::string{}};
}

void set_trace(transport::client_request& call, const request_trace& trace) {
  call.headers.set("X-Request-Id", trace.request_id);
  if (!trace.traceparent.empty())
    call.headers.set("traceparent", trace.traceparent);
}

transport::http_response json_answer(unsigned status, std::string body) {
  transport::http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

transport::http_response no_store(transport::http_response response) {
  response.headers.set("Cache-Control", "no-store");
  return response;
}

transport::http_response http_error(const transport::http_request& request, unsigned status, std::string_view code,
                                    std::string_view text) {
  auto r = transport::error_response(status, code, text, request.request_id);
  if (status == 401)
    r.headers.set("WWW-Authenticate", "Bearer");
  return no_store(std::move(r));
}

transport::http_response unavailable(const transport::http_request& request, std::string_view code) {
  auto r = http_error(request, 503, code, "Service temporarily unavailable. Please try again.");
  r.headers.set("Retry-After", "2");
  return r;
}

transport::http_response backend_refusal(const transport::http_request& request, unsigned status) {
  switch (status) {
  case 401:
    return http_error(request, 401, "INVALID_TOKEN", "Invalid or expired token");
  case 502:
    return http_error(request, 502, "BACKEND_INVALID_RESPONSE", "The platform's answer could not be understood");
  case 504:
    return http_error(request, 504, "BACKEND_TIMEOUT", "The platform did not answer in time");
  default:
    return unavailable(request, "BACKEND_UNAVAILABLE");
  }
}

} // namespace mdai
