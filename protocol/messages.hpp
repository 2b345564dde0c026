#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/close_code.hpp"
#include "protocol/errc.hpp"
#include "protocol/ids.hpp"
#include "protocol/json.hpp"
#include "protocol/party.hpp"
#include "protocol/time.hpp"

/// The session dialect on the wire: what each WebSocket message looks like, and nothing about when it is sent.
namespace mdai::messages {

// -- what clients send ------------------------------------------------------------------------------------------------

/// The first message. Absent, empty and non-string fields are all absent.
struct auth {
  std::optional<std::string> bearer_token, session_id, device_id;
};
/// Errors: those of json::scan_object; wrong_type when it is no `auth` message.
result<auth> parse_auth(std::string_view text, unsigned max_depth);
/// The bytes that a `challenge_response` brings, empty when they are no base64. Errors as above.
result<std::string> parse_challenge_response(std::string_view text, unsigned max_depth);

/// What a message asks for.
enum class kind : std::uint8_t { auth, ping, pong, to_device, to_mobile, progress, submit_result, unknown };

/// The top-level members that decide about a message, found by one scan (json::scan_object or privacy_filter::apply).
struct head {
  static constexpr std::size_t size = 5;
  static constexpr std::string_view names[size] = {"type", "value", "image", "consecutive_passes", "passes"};
  std::optional<json::value> found[size];

  const std::optional<json::value>& type() const { return found[0]; }
  const std::optional<json::value>& value() const { return found[1]; }
  const std::optional<json::value>& image() const { return found[2]; }
  /// `consecutive_passes`, else its alias `passes`.
  const std::optional<json::value>& passes() const { return found[3] ? found[3] : found[4]; }

  bool has_type() const { return type() && type()->kind == json::kind::string; }
  messages::kind kind() const;
};

/// A device's verification result. `image` is pure base64, the prefix of a data URL stripped.
struct submission {
  std::string image;
  std::int64_t passes = 0;
  std::string scores;        ///< JSON object of the message's numeric members, byte-exact
  std::string platform_id{}; ///< whose result it is: the session decides
};
/// Errors: missing_field, wrong_type (passes is no JSON integer), malformed_base64.
result<submission> parse_submission(std::string_view text, const head& found, unsigned max_depth);

/// The picture in a message as it is written, but for the head of a data: URL. Errors: missing_field,
/// malformed_base64 (a data: URL of another kind).
result<std::string> image_text(const std::optional<json::value>& image);
/// The same, pure base64. Errors: missing_field, malformed_base64.
result<std::string> parse_image(const std::optional<json::value>& image);
/// The top-level numbers of an object, as they stand there: a submission's scores, whatever devices call them.
std::string collect_scores(std::string_view object, unsigned max_depth);

/// A `progress` message with `value` clamped to 0..100 and everything else as it came; nothing when `value` is no
/// number.
std::optional<std::string> clamp_progress(std::string_view text, const head& found);

/// The `ping` with its `type` (a view into it) turned to `pong`, everything else as it came.
std::string pong_of(std::string_view ping, const json::value& type);

// -- what the broker sends --------------------------------------------------------------------------------------------

std::string auth_success(const object_id& session, party to, std::string_view device_id,
                         std::int64_t expires_in_seconds);
std::string auth_failed(std::string_view text);
std::string error(std::string_view text, int code);
/// Tells `to` that the other party came or went.
std::string peer_connected(party to, std::string_view device_id);
std::string peer_disconnected(party to);
std::string session_expired();
/// The operator has ended the session.
std::string session_ended();
/// A device is to prove that it holds its key; `sealed` are bytes.
std::string identity_challenge(std::string_view sealed);

/// Fewer passes than verification.min_consecutive_passes; the session goes on.
std::string insufficient_passes(std::string_view platform_id);
/// The backend cannot be reached for now; the outbox keeps trying.
std::string delivery_pending(std::string_view platform_id);

/// The backend's last word.
struct outcome {
  bool success = false;
  std::string reason;      ///< of a failure
  std::string data;        ///< the backend's JSON object as it came, empty when there was none
  unsigned status = 200;   ///< of the backend's HTTP answer
  std::uint32_t round = 1; ///< outbox_record::round
  milliseconds took{};     ///< since the result was accepted
};
/// Why there is no last word yet.
struct delay {
  bool timed_out = false; ///< the backend did not answer in time, else it could not be reached or failed
  milliseconds took{};    ///< since the result was accepted
};
/// What follows a final verification_result in a hybrid session, made from it. The mobile's copy, as below.
std::string short_result(std::string_view final_result);
/// The mobile's copy; the device's is made from it by the privacy filter.
std::string verification_result(const outcome& o, std::string_view platform_id);

// -- fixed texts ------------------------------------------------------------------------------------------------------

inline constexpr std::string_view invalid_token = "Invalid or expired token";
inline constexpr std::string_view session_not_found = "Session not found";
inline constexpr std::string_view session_is_expired = "Session expired";
inline constexpr std::string_view ended_by_operator = "Session ended by the operator";
inline constexpr std::string_view missing_token_or_device = "Missing token or device_id";
inline constexpr std::string_view wrong_role = "This token is not valid here";
inline constexpr std::string_view device_not_registered = "Device not registered";
inline constexpr std::string_view identity_not_proven = "Device identity not proven";
inline constexpr std::string_view multi_scan = "QR was scanned by multiple mDai devices. Please try again.";
inline constexpr std::string_view device_busy = "Device is busy in another session";
inline constexpr std::string_view seat_taken = "Somebody is connected with this token already";
inline constexpr std::string_view platform_id_unknown = "platform_id not known yet";
inline constexpr std::string_view delivery_under_way = "A result is already being delivered";
inline constexpr std::string_view not_stored = "The result could not be stored. Please send it again.";
inline constexpr std::string_view no_type = "Message has no type";
/// Why a scan refused a message.
inline std::string_view why_unreadable(const boost::system::error_code& error) {
  if (error == errc::not_an_object)
    return "Message must be a JSON object";
  if (error == errc::nesting_too_deep)
    return "Message nests too deep";
  return "Message is not valid JSON";
}
inline constexpr std::string_view unavailable = "Service temporarily unavailable. Please try again.";

} // namespace mdai::messages
