#include "protocol/http_error.hpp"

#include <nlohmann/json.hpp>

namespace mdai {

std::string http_error_body(std::string_view error_code, std::string_view text, std::string_view request_id) {
  nlohmann::ordered_json body{{"success", false}, {"error", text},  {"error_code", error_code},
                              {"message", text},  {"detail", text}, {"request_id", request_id}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace mdai
