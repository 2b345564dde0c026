#pragma once
#include <string>
#include <string_view>

#include "transport/http.hpp"

/// The answers that several handlers give.
namespace mdai {

transport::http_response json_answer(unsigned status, std::string body);
transport::http_response no_store(transport::http_response response);
transport::http_response http_error(const transport::http_request& request, unsigned status, std::string_view code,
                                    std::string_view text);
/// 503 with Retry-After.
transport::http_response unavailable(const transport::http_request& request, std::string_view code);
/// How create-session answers when the platform's validation gave `status` (401, 502, 503, 504).
transport::http_response backend_refusal(const transport::http_request& request, unsigned status);

} // namespace mdai
