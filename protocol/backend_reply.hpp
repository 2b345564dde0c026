#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/messages.hpp"
#include "protocol/time.hpp"

/// What the platform's backend says, judged without I/O.
namespace mdai::backend {

/// An HTTP answer as far as the judgement needs it, or the reason why there is none.
struct reply {
  boost::system::error_code error; ///< set: no answer came
  unsigned status = 0;
  std::string body;
  std::optional<seconds> retry_after;
};

/// The header's delta-seconds or HTTP date (RFC 9110, the preferred form), from `now`; nonsense is nothing, and no more
/// than a day.
std::optional<seconds> parse_retry_after(std::string_view header, wall_time now);

/// Who a user token belongs to, or how create-session answers instead.
struct validation {
  unsigned status = 0; ///< 200, or the HTTP status for the client: 401, 502, 503, 504
  std::string platform_id;
};
validation judge_validation(const reply& r);

/// What became of one delivery.
struct delivery {
  enum class verdict { final, retry } what = verdict::retry;
  messages::outcome outcome; ///< when final
  std::string why;           ///< when retry: one sentence for the operator
  bool key_refused = false;  ///< 401 or 403: our api key is wrong
  std::optional<seconds> retry_after;
};
delivery judge_delivery(const reply& r);

/// The body of a delivery. `scores` is a JSON object text or empty; `image` base64.
std::string delivery_body(std::string_view platform_id, std::string_view image, std::string_view scores);

} // namespace mdai::backend
