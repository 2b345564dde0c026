#include "protocol/backend_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "protocol/json.hpp"

namespace mdai::backend {
namespace {

constexpr seconds longest_retry_after{24 * 3600};

bool is_true(const std::optional<json::value>& v) { return v && v->kind == json::kind::boolean && v->text == "true"; }
bool is_false(const std::optional<json::value>& v) { return v && v->kind == json::kind::boolean && v->text == "false"; }

std::string string_or_empty(const std::optional<json::value>& v) {
  return v && v->kind == json::kind::string ? json::decode(*v) : std::string{};
}

bool is_retryable(unsigned status) {
  return status < 200 || (status >= 300 && status < 400) || status == 401 || status == 403 || status == 408 ||
         status == 429 || status >= 500;
}

delivery retry(const reply& r, std::string why) {
  delivery d;
  d.why = std::move(why);
  d.key_refused = r.status == 401 || r.status == 403;
  d.retry_after = r.retry_after;
  return d;
}

std::string_view trimmed(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  return text;
}

/// It stands inside messages of ours, one level down.
constexpr unsigned deepest_reply = json::deepest - 1;

} // namespace

std::optional<seconds> parse_retry_after(std::string_view header, wall_time now) {
  if (!header.empty() && header.find_first_not_of("0123456789") == header.npos) {
    std::uint32_t value = 0;
    bool fits = std::from_chars(header.data(), header.data() + header.size(), value).ec == std::errc{};
    return fits ? std::min(seconds{value}, longest_retry_after) : longest_retry_after;
  }
  auto date = parse_http_date(header);
  if (!date)
    return std::nullopt;
  return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds{0}, longest_retry_after);
}

validation judge_validation(const reply& r) {
  if (r.error == errc::timed_out)
    return {504, {}};
  if (r.error == errc::malformed_response || r.error == errc::response_too_large)
    return {502, {}};
  if (r.error || r.status >= 500 || r.status == 429 || r.status == 408)
    return {503, {}};
  if (r.status == 401 || r.status == 403)
    return {401, {}};
  static constexpr std::array<std::string_view, 2> names = {"success", "platform_id"};
  std::array<std::optional<json::value>, names.size()> found;
  if (r.status < 200 || r.status >= 300 || !json::scan_object(r.body, names, found, json::deepest))
    return {502, {}};
  if (!is_true(found[0]))
    return {401, {}};
  auto platform_id = string_or_empty(found[1]);
  return platform_id.empty() ? validation{502, {}} : validation{200, std::move(platform_id)};
}

delivery judge_delivery(const reply& r) {
  if (r.error)
    return retry(r, r.error.message());
  if (is_retryable(r.status))
    return retry(r, "HTTP " + std::to_string(r.status));
  static constexpr std::array<std::string_view, 6> names = {"success", "status",  "reason",
                                                            "error",   "message", "detail"};
  std::array<std::optional<json::value>, names.size()> found;
  bool is_object = json::scan_object(r.body, names, found, deepest_reply).has_value();
  bool accepted = r.status < 300;
  if (accepted && !is_object)
    return retry(r, "HTTP " + std::to_string(r.status) + " without a JSON object");
  delivery d;
  d.what = delivery::verdict::final;
  d.outcome.status = r.status;
  if (is_object)
    d.outcome.data = trimmed(r.body);
  bool status_says_no = found[1] && !(found[1]->kind == json::kind::string && json::equals(*found[1], "success"));
  d.outcome.success = accepted && !is_false(found[0]) && !status_says_no;
  if (!d.outcome.success) {
    for (std::size_t i = 2; i < names.size() && d.outcome.reason.empty(); ++i)
      d.outcome.reason = string_or_empty(found[i]);
    if (d.outcome.reason.empty())
      d.outcome.reason = "Verification failed";
  }
  return d;
}

std::string delivery_body(std::string_view platform_id, std::string_view image, std::string_view scores) {
  std::string out;
  out.reserve(image.size() + platform_id.size() + scores.size() + 64);
  out += R"({"platform_id":)";
  json::append_quoted(out, platform_id);
  out.append(R"(,"image_base64":")").append(image).append("\"");
  if (!scores.empty())
    out.append(R"(,"scores":)").append(scores);
  return out += '}';
}

} // namespace mdai::backend
