#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/time.hpp"

/// What the simulated platform does, without sockets or clocks: validation, verification with idempotency,
/// failures on demand, and the books about it all.
namespace mdai::sim {

using json = nlohmann::json;

/// How an endpoint behaves. `ok` unless it is told otherwise.
enum class mode {
  ok,
  slow,           ///< ok, but after a while
  down,           ///< closes the connection without an answer
  lost,           ///< does the work, then closes the connection without an answer
  hang,           ///< never answers, keeps the connection
  server_error,   ///< "5xx": 503, or `status`
  status,         ///< `status`, whichever it is
  unauthorized,   ///< "401"
  forbidden,      ///< "403"
  reject,         ///< 200 that says no: {"success":false,…}
  nonsense,       ///< 200 that is not JSON
  empty,          ///< 200 without a body
  redirect,       ///< 302 to /moved, where nobody should come
  no_platform_id, ///< validate only: a valid user without an id
};

/// A mode and its details.
struct behaviour {
  sim::mode mode = mode::ok;
  milliseconds delay{0};
  unsigned times = 0;       ///< how many calls it lasts, then ok; 0: until it is changed
  unsigned status = 0;      ///< of the modes 5xx and status; 0: 503
  unsigned retry_after = 0; ///< seconds, sent as `Retry-After`; 0: none

  /// From {"mode":"slow","delay_ms":500,"times":3,…}. On failure `why` says what is wrong.
  static std::optional<behaviour> parse(const json& text, std::string& why);
  json report() const;
};

/// What of an HTTP request matters here.
struct platform_request {
  std::string method, target;
  std::string authorization, api_key, idempotency_key, request_id, traceparent;
  std::string body;
};

struct platform_answer {
  enum class action { answer, close, hang };
  action act = action::answer;
  milliseconds delay{0};
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string location;     ///< of a redirect
  unsigned retry_after = 0; ///< seconds; 0: none
};

/// The platform. One thread.
class platform {
public:
  /// With an `api_key`, /verify wants it in `x-api-key`. At most `remembered_keys` idempotency keys are kept,
  /// the oldest are forgotten.
  explicit platform(std::string api_key = {}, std::size_t remembered_keys = 100'000);

  /// Answers `GET /validate`, `POST /verify` and `/control`, `/control/reset`.
  platform_answer handle(const platform_request& request);

  void set_validate(const behaviour& b) { validate_.now = b; }
  void set_verify(const behaviour& b) { verify_.now = b; }
  /// Modes, counters and results; only the result of `key` when one is given.
  json report(std::string_view key = {}) const;

  /// The id of `user-<name>`; nothing for another bearer.
  static std::optional<std::string> platform_id_of(std::string_view bearer);

private:
  struct endpoint {
    behaviour now;
    std::uint64_t calls = 0;
    behaviour take();
  };
  /// All that came under one Idempotency-Key.
  struct delivery {
    std::string fingerprint; ///< SHA-256 of the first body
    std::string platform_id, image_sha256;
    std::size_t image_bytes = 0;
    std::uint64_t attempts = 0;
    json scores;                         ///< null when none came
    std::string request_id, traceparent; ///< of the last attempt
    std::string answer;                  ///< the first answer given; empty: none yet
    bool accepted = false;
    std::uint64_t answered_again = 0; ///< how often the first answer was asked for again
    json report() const;
  };
  struct counters {
    std::uint64_t accepted = 0, rejected = 0, duplicates = 0, conflicts = 0, malformed = 0, without_key = 0;
    std::uint64_t wrong_api_key = 0, redirects_followed = 0, unknown_paths = 0, forgotten = 0;
  };

  platform_answer validate(const platform_request& request);
  platform_answer verify(const platform_request& request);
  platform_answer judge(delivery& d, const behaviour& b);
  /// The books of this key, nullptr when the body is no verification.
  delivery* enter(const platform_request& request, const std::string& fingerprint);
  void forget_oldest();
  platform_answer control(const platform_request& request, std::string_view path, std::string_view query);
  platform_answer program(const std::string& body);
  void reset();

  std::string api_key_;
  std::size_t remembered_keys_;
  endpoint validate_, verify_;
  counters counts_;
  std::map<std::string, delivery, std::less<>> deliveries_;
  std::deque<std::string> keys_by_age_;
};

} // namespace mdai::sim
