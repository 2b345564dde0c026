#pragma once
#include <string>
#include <string_view>

namespace mdai {

/// The JSON body of every HTTP error. `error`, `message` and `detail` carry the same `text`, because
/// different clients read different ones. `error_code` is UPPER_SNAKE. Invalid UTF-8 becomes U+FFFD.
std::string http_error_body(std::string_view error_code, std::string_view text, std::string_view request_id);

} // namespace mdai
