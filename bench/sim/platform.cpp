#include "bench/sim/platform.hpp"

#include <algorithm>

#include "protocol/crypto.hpp"

namespace mdai::sim {
namespace {

constexpr std::string_view bearer_prefix = "Bearer ";
constexpr std::string_view user_prefix = "user-";

json parse_json(const std::string& text) { return json::parse(text, nullptr, false); }

platform_answer answer(unsigned status, const json& body) {
  platform_answer out;
  out.status = status;
  out.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return out;
}

platform_answer refuse(unsigned status, std::string_view reason) {
  return answer(status, {{"success", false}, {"status", "failed"}, {"reason", reason}});
}

/// The value of `name` in a query string; keys here need no percent-decoding.
std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
  }
  return {};
}

/// What modes that never reach the endpoint's own work answer; nothing for those that do.
std::optional<platform_answer> failing_answer(const behaviour& b) {
  platform_answer out;
  switch (b.mode) {
  case mode::down:
    out.act = platform_answer::action::close;
    break;
  case mode::hang:
    out.act = platform_answer::action::hang;
    break;
  case mode::server_error:
  case mode::status:
    out = refuse(b.status != 0 ? b.status : 503, "simulated failure");
    break;
  case mode::unauthorized:
    out = refuse(401, "simulated refusal");
    break;
  case mode::forbidden:
    out = refuse(403, "simulated refusal");
    break;
  case mode::nonsense:
    out.content_type = "text/html";
    out.body = "<html><body>simulated nonsense</body></html>\n";
    break;
  case mode::empty:
    break;
  case mode::redirect:
    out.status = 302;
    out.location = "/moved";
    break;
  case mode::ok:
  case mode::slow:
  case mode::lost:
  case mode::reject:
  case mode::no_platform_id:
    return std::nullopt;
  }
  return out;
}

/// What every answer of a mode has in common.
platform_answer dress(platform_answer a, const behaviour& b) {
  a.delay = b.delay;
  a.retry_after = b.retry_after;
  if (a.status == 204 || a.status == 304)
    a.body.clear(); // HTTP allows them none
  if (b.mode == mode::lost)
    a.act = platform_answer::action::close;
  return a;
}

} // namespace

platform::platform(std::string api_key, std::size_t remembered_keys)
    : api_key_(std::move(api_key))
    , remembered_keys_(std::max<std::size_t>(remembered_keys, 1)) {}

behaviour platform::endpoint::take() {
  ++calls;
  const auto taken = now;
  if (now.times > 0 && --now.times == 0)
    now = {};
  return taken;
}

std::optional<std::string> platform::platform_id_of(std::string_view bearer) {
  if (!bearer.starts_with(user_prefix) || bearer.size() == user_prefix.size())
    return std::nullopt;
  auto digits = crypto::hex(crypto::sha256(bearer)).substr(0, 16);
  std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) { return c >= 'a' ? char(c - 32) : c; });
  return "PLT_" + digits;
}

platform_answer platform::handle(const platform_request& request) {
  const std::string_view target = request.target;
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(path.size() + 1, target.size()));
  if (path == "/validate")
    return request.method == "GET" ? validate(request) : refuse(405, "GET only");
  if (path == "/verify")
    return request.method == "POST" ? verify(request) : refuse(405, "POST only");
  if (path.starts_with("/control"))
    return control(request, path, query);
  ++(path == "/moved" ? counts_.redirects_followed : counts_.unknown_paths);
  return refuse(404, "unknown path");
}

platform_answer platform::validate(const platform_request& request) {
  const auto b = validate_.take();
  if (auto failing = failing_answer(b))
    return dress(std::move(*failing), b);
  const std::string_view header = request.authorization;
  const auto bearer = header.starts_with(bearer_prefix) ? header.substr(bearer_prefix.size()) : std::string_view{};
  const auto id = platform_id_of(bearer);
  if (!id)
    return dress(answer(401, {{"success", false}, {"error", "unknown user"}}), b);
  if (b.mode == mode::reject)
    return dress(answer(200, {{"success", false}, {"error", "simulated refusal"}}), b);
  json valid{{"success", true}, {"platform_id", *id}, {"user_id", bearer.substr(user_prefix.size())}};
  if (b.mode == mode::no_platform_id)
    valid.erase("platform_id");
  return dress(answer(200, valid), b);
}

platform_answer platform::verify(const platform_request& request) {
  const auto b = verify_.take();
  if (!api_key_.empty() && !crypto::equal_constant_time(request.api_key, api_key_)) {
    ++counts_.wrong_api_key;
    return refuse(401, "wrong x-api-key");
  }
  if (request.idempotency_key.empty()) {
    ++counts_.without_key;
    return refuse(400, "no Idempotency-Key");
  }
  const auto fingerprint = crypto::sha256(request.body);
  const bool known = deliveries_.contains(request.idempotency_key);
  auto* d = enter(request, fingerprint);
  if (d == nullptr) {
    ++counts_.malformed;
    return refuse(400, "platform_id or image_base64 is missing or malformed");
  }
  counts_.duplicates += known ? 1 : 0;
  if (d->fingerprint != fingerprint) {
    ++counts_.conflicts;
    return refuse(409, "this Idempotency-Key came with another body");
  }
  if (auto failing = failing_answer(b))
    return dress(std::move(*failing), b);
  return dress(judge(*d, b), b);
}

platform::delivery* platform::enter(const platform_request& request, const std::string& fingerprint) {
  auto found = deliveries_.find(request.idempotency_key);
  if (found == deliveries_.end()) {
    const auto body = parse_json(request.body);
    if (!body.is_object() || !body.contains("platform_id") || !body["platform_id"].is_string() ||
        !body.contains("image_base64") || !body["image_base64"].is_string())
      return nullptr;
    const auto image = crypto::decode_base64(body["image_base64"].get_ref<const std::string&>());
    if (!image || image->empty())
      return nullptr;
    delivery d;
    d.fingerprint = fingerprint;
    d.platform_id = body["platform_id"].get<std::string>();
    d.image_sha256 = crypto::hex(crypto::sha256(*image));
    d.image_bytes = image->size();
    d.scores = body.value("scores", json{});
    forget_oldest();
    found = deliveries_.emplace(request.idempotency_key, std::move(d)).first;
    keys_by_age_.push_back(request.idempotency_key);
  }
  auto& d = found->second;
  ++d.attempts;
  d.request_id = request.request_id;
  d.traceparent = request.traceparent;
  return &d;
}

void platform::forget_oldest() {
  if (keys_by_age_.size() < remembered_keys_)
    return;
  deliveries_.erase(keys_by_age_.front());
  keys_by_age_.pop_front();
  ++counts_.forgotten;
}

platform_answer platform::judge(delivery& d, const behaviour& b) {
  platform_answer out;
  if (!d.answer.empty()) {
    ++d.answered_again;
  } else {
    d.accepted = b.mode != mode::reject;
    ++(d.accepted ? counts_.accepted : counts_.rejected);
    const json verdict =
        d.accepted ? json{{"success", true},
                          {"status", "success"},
                          {"data", {{"verification_id", "VER_" + d.image_sha256.substr(0, 12)}, {"match", true}}}}
                   : json{{"success", false}, {"status", "failed"}, {"reason", "Face does not match"}};
    d.answer = answer(200, verdict).body;
  }
  out.body = d.answer;
  return out;
}

platform_answer platform::control(const platform_request& request, std::string_view path, std::string_view query) {
  if (path == "/control" && request.method == "GET")
    return answer(200, report(query_value(query, "key")));
  if (path == "/control" && request.method == "POST")
    return program(request.body);
  if (path == "/control/reset" && request.method == "POST") {
    reset();
    return answer(200, report());
  }
  return refuse(404, "GET /control, POST /control or POST /control/reset");
}

platform_answer platform::program(const std::string& body) {
  const auto text = parse_json(body);
  std::string why = R"(the body looks like {"validate":{"mode":"ok"},"verify":{"mode":"slow","delay_ms":500}})";
  if (!text.is_object())
    return refuse(400, why);
  // Both are read before either counts: a request that is refused changes nothing.
  auto next_validate = validate_.now, next_verify = verify_.now;
  for (const auto& [name, value] : text.items()) {
    if (name != "validate" && name != "verify")
      return refuse(400, why);
    const auto parsed = behaviour::parse(value, why);
    if (!parsed)
      return refuse(400, name + ": " + why);
    (name == "validate" ? next_validate : next_verify) = *parsed;
  }
  validate_.now = next_validate;
  verify_.now = next_verify;
  return answer(200, {{"success", true}, {"validate", next_validate.report()}, {"verify", next_verify.report()}});
}

void platform::reset() {
  validate_ = {};
  verify_ = {};
  counts_ = {};
  deliveries_.clear();
  keys_by_age_.clear();
}

json platform::delivery::report() const {
  json out{{"platform_id", platform_id},
           {"image_sha256", image_sha256},
           {"image_bytes", image_bytes},
           {"attempts", attempts},
           {"accepted", accepted},
           {"answered", !answer.empty()},
           {"answered_again", answered_again},
           {"scores", scores},
           {"request_id", request_id}};
  if (!traceparent.empty())
    out["traceparent"] = traceparent;
  return out;
}

json platform::report(std::string_view key) const {
  json results = json::object();
  for (const auto& [name, d] : deliveries_)
    if (key.empty() || key == name)
      results[name] = d.report();
  return {{"validate", {{"behaviour", validate_.now.report()}, {"calls", validate_.calls}}},
          {"verify",
           {{"behaviour", verify_.now.report()},
            {"calls", verify_.calls},
            {"distinct_keys", deliveries_.size() + counts_.forgotten},
            {"accepted", counts_.accepted},
            {"rejected", counts_.rejected},
            {"duplicates", counts_.duplicates},
            {"conflicts", counts_.conflicts},
            {"malformed", counts_.malformed},
            {"without_key", counts_.without_key},
            {"wrong_api_key", counts_.wrong_api_key},
            {"forgotten", counts_.forgotten}}},
          {"redirects_followed", counts_.redirects_followed},
          {"unknown_paths", counts_.unknown_paths},
          {"results", std::move(results)}};
}

} // namespace mdai::sim
