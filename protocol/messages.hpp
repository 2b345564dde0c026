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
  std::string scores; ///< JSON object of the message's numeric members, byte-exact
};
/// Errors: missing_field, wrong_type (passes is no JSON integer), malformed_base64.
result<submission> parse_submission(std::string_view text, const head& found, unsigned max_depth);

/// A `progress` message with `value` clamped to 0..100 and everything else as it came; nothing when `value` is no
/// number.
std::optional<std::string> clamp_progress(std::string_view text, const head& found);

/// The `ping` with its type turned to `pong`, everything else as it came.
std::string pong_of(std::string_view ping, const head& found);

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
  std::string reason; ///< of a failure
  std::string data;   ///< the backend's JSON object as it came, empty when there was none
};
/// What follows a final verification_result in a hybrid session, made from it. The mobile's copy, as below.
std::string short_result(std::string_view final_result);
/// The mobile's copy; the device's is made from it by the privacy filter.
std::string verification_result(const outcome& o, std::string_view platform_id);

// -- fixed texts ------------------------------------------------------------------------------------------------------

inline constexpr std::string_view invalid_token = "Invalid or expired token";
inline constexpr std::string_view session_not_found = "Session not found";
inline constexpr std::string_view session_is_expired = "Session expired";
inline constexpr std::string_view missing_token_or_device = "Missing token or device_id";
inline constexpr std::string_view wrong_role = "This token is not valid here";
inline constexpr std::string_view device_not_registered = "Device not registered";
inline constexpr std::string_view identity_not_proven = "Device identity not proven";
inline constexpr std::string_view no_platform_id = "platform_id not known yet";
inline constexpr std::string_view multi_scan = "QR was scanned by multiple mDai devices. Please try again.";
inline constexpr std::string_view device_busy = "Device is busy in another session";
inline constexpr std::string_view unavailable = "Service temporarily unavailable. Please try again.";

} // namespace mdai::messages
