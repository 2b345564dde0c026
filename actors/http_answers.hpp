#pragma once
#include <string>
#include <string_view>

#include "protocol/request_trace.hpp"
#include "transport/http.hpp"
#include "transport/http_client.hpp"

/// What several handlers do alike with requests and answers.
namespace mdai {

request_trace trace_of(const transport::http_request& request);
/// Names the trace in a call to the platform.
void set_trace(transport::client_request& call, const request_trace& trace);

transport::http_response json_answer(unsigned status, std::string body);
transport::http_response no_store(transport::http_response response);
transport::http_response http_error(const transport::http_request& request, unsigned status, std::string_view code,
                                    std::string_view text);
/// 503 with Retry-After.
transport::http_response unavailable(const transport::http_request& request, std::string_view code);
/// How create-session answers when the platform's validation gave `status` (401, 502, 503, 504).
transport::http_response backend_refusal(const transport::http_request& request, unsigned status);

} // namespace mdai
