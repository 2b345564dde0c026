#include "protocol/face/stream_messages.hpp"

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "protocol/crypto.hpp"
#include "protocol/face/guidance.hpp"
#include "protocol/messages.hpp"

namespace mdai::face::messages {
namespace {

using object = nlohmann::ordered_json;

std::string dump(const object& o) { return o.dump(-1, ' ', false, object::error_handler_t::replace); }

/// Clients must never meet a null where a number belongs, whatever an engine answers; and nobody needs more digits.
double number(float value) { return std::isfinite(value) ? std::round(static_cast<double>(value) * 1e4) / 1e4 : 0.0; }

// Nothing is verified where nothing was asked for and nothing was seen.
bool blink_verified(const seen& s) { return s.blinks_ok && s.liveness.blinks > 0; }
bool motion_verified(const seen& s) { return s.motion_ok && s.liveness.motion_events > 0; }

object region(const box& b) { return {b.left, b.top, b.right, b.bottom}; }

object visual_data(const seen& s) {
  auto list = object::array();
  object landmarks = list, eyes = list;
  for (auto& p : s.frame.landmarks)
    landmarks.push_back({number(p.x), number(p.y)});
  for (auto& b : s.frame.eyes)
    eyes.push_back(region(b));
  return {{"face_bbox", s.frame.face ? region(*s.frame.face) : list},
          {"landmarks", std::move(landmarks)},
          {"eye_regions", std::move(eyes)},
          {"liveness_indicators",
           {{"ear", number(s.liveness.ear)},
            {"blinks", s.liveness.blinks},
            {"blink_verified", blink_verified(s)},
            {"motion_score", number(s.liveness.motion_score)},
            {"motion_events", s.liveness.motion_events},
            {"motion_verified", motion_verified(s)},
            {"frame_counter", s.frame_counter}}}};
}

std::string_view frames_required_name(bool enrolment) { return enrolment ? "target_samples" : "min_frames_required"; }

/// Some clients write every field, and null or nothing where they mean none.
bool is_there(const std::optional<json::value>& v) { return v && v->kind != json::kind::null && v->text != R"("")"; }

/// Base64 as some write it, in lines and without padding, as it should be.
std::string tidied(std::string base64) {
  std::erase_if(base64, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  while (base64.size() % 4 != 0)
    base64 += '=';
  return base64;
}

/// A JSON text of ours as part of another.
object embedded(std::string_view json) { return object::parse(json); }

} // namespace

// -- what clients send ------------------------------------------------------------------------------------------------

result<request> read(std::string_view text, unsigned max_depth) {
  static constexpr std::array<std::string_view, 3> names = {"type", "image", "frame_data"};
  std::array<std::optional<json::value>, names.size()> found;
  if (auto scanned = json::scan_object(text, names, found, max_depth); !scanned)
    return scanned.error();
  auto& type = found[0];
  request frame{request::kind::frame, is_there(found[1]) ? found[1] : found[2]};
  if (!is_there(type))
    return is_there(frame.image) ? result<request>{frame} : errc::missing_field;
  if (type->kind != json::kind::string)
    return errc::wrong_type;
  static constexpr std::pair<std::string_view, request::kind> kinds[] = {{"frame", request::kind::frame},
                                                                         {"process_frame", request::kind::frame},
                                                                         {"ping", request::kind::ping},
                                                                         {"pong", request::kind::pong},
                                                                         {"cancel", request::kind::cancel}};
  for (auto& [name, kind] : kinds)
    if (json::equals(*type, name))
      return kind == request::kind::frame ? frame : request{kind};
  return errc::invalid_value;
}

result<std::string> bytes_of(const picture& p, std::size_t limit_bytes) {
  if (p.binary) {
    if (p.message.size() > limit_bytes)
      return errc::image_too_large;
    return std::string{p.message.view()};
  }
  auto base64 = mdai::messages::image_text(p.image);
  if (!base64)
    return base64.error();
  auto bytes = crypto::decode_base64(*base64);
  if (!bytes)
    bytes = crypto::decode_base64(tidied(std::move(*base64)));
  if (bytes && bytes->size() > limit_bytes)
    return errc::image_too_large;
  return bytes;
}

// -- what the broker sends --------------------------------------------------------------------------------------------

std::string connection_established(const welcome& w) {
  return dump({{"type", "connection_established"},
               {"session_type", w.session_type},
               {"session_token", w.session_token},
               {"status", w.status},
               {frames_required_name(w.enrolment), w.required},
               {"limits",
                {{"max_fps", w.max_fps},
                 {"max_frames", w.max_frames},
                 {"max_image_bytes", w.max_image_bytes},
                 {"expires_in", w.expires_in_seconds}}},
               {"message", w.message}});
}

std::string frame_processed(const progress& p, const seen& s, std::string_view message) {
  return dump({{"type", "frame_processed"},
               {"success", true},
               {"frames_processed", p.frames_processed},
               {frames_required_name(p.enrolment), p.frames_required},
               {"quality_score", number(s.frame.quality)},
               {"quality_threshold", number(p.quality_threshold)},
               {"liveness_score", number(p.liveness_score)},
               {"liveness_verified", p.liveness_verified},
               {"blinks_detected", s.liveness.blinks},
               {"blinks_required", p.blinks_required},
               {"blinks_ok", s.blinks_ok},
               {"motion_score", number(s.liveness.motion_score)},
               {"motion_events", s.liveness.motion_events},
               {"motion_required", p.motion_required},
               {"motion_ok", s.motion_ok},
               {"no_obstacles", true},
               {"obstacles", object::array()},
               {"message", message},
               {"visual_data", visual_data(s)}});
}

std::string frame_failed(std::string_view error, int frames_processed, const seen& s, std::string_view message) {
  return dump({{"type", "frame_processed"},
               {"success", false},
               {"error", error},
               {"frames_processed", frames_processed},
               {"message", message},
               {"visual_data", visual_data(s)}});
}

std::string frame_rejected(const std::vector<obstacle>& covered_by, const seen& s, std::string_view message) {
  object names = object::array(), confidence = object::object();
  std::string listed;
  for (auto o : covered_by) {
    names.push_back(guidance::name(o));
    (listed += listed.empty() ? "" : ", ") += guidance::name(o);
    confidence[std::string{guidance::name(o)}] = number(s.frame.obstacles[static_cast<std::size_t>(o)]);
  }
  return dump({{"type", "frame_rejected"},
               {"success", false},
               {"reason", "obstacle_detected"},
               {"error", "Obstacle detected: " + listed},
               {"obstacles", std::move(names)},
               {"obstacle_confidence", std::move(confidence)},
               {"message", message},
               {"visual_data", visual_data(s)}});
}

std::string enrollment_complete(std::string_view enrollment_id, const progress& p, const seen& s, float quality,
                                std::string_view encrypted_data) {
  return dump({{"type", "enrollment_complete"},
               {"success", true},
               {"enrollment_id", enrollment_id},
               {"frames_processed", p.frames_processed},
               {"liveness_verified", p.liveness_verified},
               {"blinks_detected", s.liveness.blinks},
               {"motion_verified", motion_verified(s)},
               {"quality_score", number(quality)},
               {"encrypted_data", embedded(encrypted_data)},
               {"message", "Your face is enrolled: you are done"},
               {"visual_data", visual_data(s)}});
}

std::string enrollment_failed(std::string_view error, std::string_view error_code, std::string_view reason,
                              std::string_view message, const progress& p, const seen& s) {
  return dump({{"type", "enrollment_failed"},
               {"success", false},
               {"error", error},
               {"error_code", error_code},
               {"reason", reason},
               {"message", message},
               {"frames_processed", p.frames_processed},
               {"blinks_detected", s.liveness.blinks},
               {"motion_verified", motion_verified(s)},
               {"details", object::object()}});
}

std::string authentication_complete(std::string_view user_id, float confidence, const progress& p, const seen& s,
                                    std::string_view encrypted_data) {
  return dump({{"type", "authentication_complete"},
               {"success", true},
               {"authenticated", true},
               {"user_id", user_id},
               {"confidence", number(confidence)},
               {"frames_processed", p.frames_processed},
               {"blinks_detected", s.liveness.blinks},
               {"motion_verified", motion_verified(s)},
               {"encrypted_data", embedded(encrypted_data)},
               {"message", "You are recognized: you are done"}});
}

std::string authentication_failed(int frames_processed, std::string_view message) {
  return dump({{"type", "authentication_complete"},
               {"success", false},
               {"authenticated", false},
               {"frames_processed", frames_processed},
               {"message", message}});
}

std::string error(std::string_view text, int code, std::string_view message, std::string_view details) {
  return dump(
      {{"type", "error"}, {"error", text}, {"code", code}, {"message", message}, {"details", embedded(details)}});
}

} // namespace mdai::face::messages
