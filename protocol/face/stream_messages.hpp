#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errc.hpp"
#include "protocol/face/analysis.hpp"
#include "protocol/face/liveness_reading.hpp"
#include "protocol/json.hpp"
#include "protocol/payload.hpp"

/// The face stream on the wire: what each WebSocket message looks like, and nothing about when it is sent.
namespace mdai::face::messages {

// -- what clients send ------------------------------------------------------------------------------------------------

/// What a text message asks for.
struct request {
  enum class kind : std::uint8_t { frame, ping, pong, cancel } what = kind::frame;
  std::optional<json::value> image{}; ///< of a frame, where it stands in the message; may be no string at all
};
/// Reads a message of any of the published clients. Errors: those of json::scan_object; missing_field (neither type nor
/// image), wrong_type (the type is no string), invalid_value (no such type).
result<request> read(std::string_view text, unsigned max_depth);

/// A frame as it came: the message, and where in it the picture stands. Shares the message's bytes.
struct picture {
  payload message;
  std::optional<json::value> image{}; ///< in a text message: a view into `message`
  bool binary = false;                ///< the message is the picture
};
/// The bytes of a picture: JPEG or PNG, if it is one. Errors: missing_field, malformed_base64, image_too_large (past
/// `limit_bytes`).
result<std::string> bytes_of(const picture& p, std::size_t limit_bytes);

// -- what the broker sends --------------------------------------------------------------------------------------------

/// What a client is told when it is taken in.
struct welcome {
  std::string_view session_type, session_token, status;
  bool enrolment = false; ///< `required` is called target_samples, else min_frames_required
  int required = 0;
  int max_fps = 0, max_frames = 0;
  std::size_t max_image_bytes = 0;
  std::int64_t expires_in_seconds = 0;
  std::string message{};
};
std::string connection_established(const welcome& w);

/// A frame that was looked at, and what liveness made of it.
struct seen {
  frame_analysis frame{};
  liveness_reading liveness{};
  bool blinks_ok = false, motion_ok = false;
  int frame_counter = 0; ///< all analysed frames, this one included
};

/// How far the session is.
struct progress {
  bool enrolment = false;
  int frames_processed = 0, frames_required = 0;
  float quality_threshold = 0;
  float liveness_score = 0;
  bool liveness_verified = false;
  int blinks_required = 0, motion_required = 0;
};
std::string frame_processed(const progress& p, const seen& s, std::string_view message);
/// A frame that was no use: `error` says why, `message` what to do.
std::string frame_failed(std::string_view error, int frames_processed, const seen& s, std::string_view message);
/// Something covers the face.
std::string frame_rejected(const std::vector<obstacle>& covered_by, const seen& s, std::string_view message);

/// `encrypted_data`: a sealed_result, JSON.
std::string enrollment_complete(std::string_view enrollment_id, const progress& p, const seen& s, float quality,
                                std::string_view encrypted_data);
std::string enrollment_failed(std::string_view error, std::string_view error_code, std::string_view reason,
                              std::string_view message, const progress& p, const seen& s);
std::string authentication_complete(std::string_view user_id, float confidence, const progress& p, const seen& s,
                                    std::string_view encrypted_data);
std::string authentication_failed(int frames_processed, std::string_view message);

/// `details`: a JSON object.
std::string error(std::string_view text, int code, std::string_view message, std::string_view details = "{}");
inline constexpr std::string_view pong = R"({"type":"pong"})";

// -- fixed texts ------------------------------------------------------------------------------------------------------

inline constexpr std::string_view no_face = "No face detected";
inline constexpr std::string_view many_faces = "Multiple faces detected";
inline constexpr std::string_view poor_quality = "Image quality too low";
inline constexpr std::string_view invalid_image = "Invalid image data";
inline constexpr std::string_view too_fast = "Frame rate too high";
inline constexpr std::string_view out_of_frames = "Frame budget exceeded";
inline constexpr std::string_view not_recognized = "Face not recognized";
inline constexpr std::string_view not_that_user = "Face does not match specified user";
inline constexpr std::string_view duplicate = "This face is already enrolled";
inline constexpr std::string_view cancelled = "Session cancelled";
inline constexpr std::string_view expired = "Session expired";
inline constexpr std::string_view unknown_session = "Session not found";
inline constexpr std::string_view suspended = "Client is suspended";
inline constexpr std::string_view internal = "Internal error";
inline constexpr std::string_view engine_unavailable = "Face engine unavailable";
inline constexpr std::string_view unknown_type = "Unknown message type";
inline constexpr std::string_view start_anew = "Start a new session to try again";
inline constexpr std::string_view try_again = "Please try again in a moment";
inline constexpr std::string_view slow_down = "Send at most 10 frames a second, and the next one a little later";
inline constexpr std::string_view ask_operator = "Ask the operator of this service";

} // namespace mdai::face::messages
