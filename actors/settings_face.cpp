#include <algorithm>
#include <array>

#include "actors/settings_addresses.hpp"
#include "actors/settings_option.hpp"

/// The options of the face product.
namespace mdai::config {

namespace {

using namespace std::chrono_literals;
constexpr auto day = 24h;
constexpr std::int64_t KiB = 1 << 10, MiB = 1 << 20;

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}
bool is_url_or_empty(std::string_view text) { return text.empty() || is_http_url(text); }
bool is_obstacle(std::string_view text) {
  static constexpr std::array<std::string_view, 4> known{"glasses", "mask", "hat", "hand_covering"};
  return std::find(known.begin(), known.end(), text) != known.end();
}
/// Three parts, none of them empty.
bool is_client(std::string_view text) {
  auto first = text.find(':'), second = text.find(':', first + 1);
  return is_plain(text) && first != text.npos && first > 0 && second != text.npos && second > first + 1 &&
         second + 1 < text.size();
}

const text_of file_name{"file name", is_plain, "has control characters"};
const text_of http_url{"absolute http:// or https:// URL", is_url_or_empty};
const list_of obstacles{{"obstacle (glasses, mask, hat, hand_covering)", is_obstacle}};
const list_of clients{{"client_id:api_key:api_secret", is_client}};
const decimal likeness{0, 1};

const choice<settings::face_engine> engines{{{"classical", settings::face_engine::classical},
                                             {"onnx", settings::face_engine::onnx},
                                             {"remote", settings::face_engine::remote}}};
const choice<settings::duplicate_check> duplicate_checks{{{"off", settings::duplicate_check::off},
                                                          {"warn", settings::duplicate_check::warn},
                                                          {"reject", settings::duplicate_check::reject}}};

} // namespace

std::vector<option> face_options() {
  return {
      make(MDAI_AT(face.enabled), boolean{}, "Serves face enrolment and authentication."),
      make(MDAI_AT(face.clients), clients,
           "Tenants for development, beside those of mdai-broker client create. Production refuses them.",
           {.secret = true}),
      make(MDAI_AT(face.auto_create_users), boolean{},
           "An enrolment of somebody unknown makes the user. false: it is refused.", {.reloadable = true}),
      make(MDAI_AT(face.token_ttl), duration{1s, day}, "How long a tenant's access token is good.",
           {.reloadable = true}),
      make(MDAI_AT(face.session_ttl), duration{1s, 1h}, "How long a face session lives from its creation.",
           {.reloadable = true}),
      make(MDAI_AT(face.session_retention), duration{1s, 365 * day},
           "How long the status of a session can be asked for after its end; the oldest of 400000 go before that.",
           {.reloadable = true}),

      make(MDAI_AT(face.engine), engines,
           "What looks at faces: classical vision (no models needed; for tens of people), ONNX models, or a service "
           "over "
           "HTTP."),
      make(MDAI_AT(face.cascade_dir), file_name,
           "Directory with OpenCV's haarcascades and lbpcascades, for the classical engine."),
      make(MDAI_AT(face.onnx_detector), file_name, "Model file of a YuNet face detector, for the ONNX engine."),
      make(MDAI_AT(face.onnx_recognizer), file_name, "Model file of an SFace recognizer, for the ONNX engine."),
      make(MDAI_AT(face.remote_url), http_url, "Where the remote engine takes frames."),
      make(MDAI_AT(face.remote_timeout), duration{50ms, 1min}, "For one frame at the remote engine."),
      make(MDAI_AT(face.workers), number{0, 256},
           "Threads that analyse frames. 0: one per core but one, at least one."),

      make(MDAI_AT(face.max_image_bytes), size{16 * KiB, 16 * MiB}, "One frame, decoded from base64.",
           {.reloadable = true}),
      make(MDAI_AT(face.max_frames), number{1, 10'000}, "Analysed or invalid frames in one session; then it fails.",
           {.reloadable = true}),
      make(MDAI_AT(face.min_samples), number{1, 20}, "What target_samples cannot go below.", {.reloadable = true}),
      make(MDAI_AT(face.min_frames), number{1, 20}, "What min_frames_required cannot go below.", {.reloadable = true}),
      make(MDAI_AT(face.min_blinks), number{0, 10}, "What required_blinks cannot go below.", {.reloadable = true}),
      make(MDAI_AT(face.liveness_optional), boolean{},
           "require_liveness: false skips blinks and motion. false: it is ignored.", {.reloadable = true}),
      make(MDAI_AT(face.min_quality), likeness, "A frame of less quality is no sample.", {.reloadable = true}),

      make(MDAI_AT(face.blocked_obstacles), obstacles, "What must not cover a face.", {.reloadable = true}),
      make(MDAI_AT(face.glasses_threshold), likeness, "Above it there are glasses.", {.reloadable = true}),
      make(MDAI_AT(face.mask_threshold), likeness, "Above it there is a mask.", {.reloadable = true}),
      make(MDAI_AT(face.hat_threshold), likeness, "Above it there is a hat.", {.reloadable = true}),
      make(MDAI_AT(face.hand_threshold), likeness, "Above it a hand covers the face.", {.reloadable = true}),

      make(MDAI_AT(face.verify_threshold), likeness,
           "How like a person's templates a face must be. 0: the engine's own.", {.reloadable = true}),
      make(MDAI_AT(face.identify_threshold), likeness, "The same among all people of a tenant. 0: the engine's own.",
           {.reloadable = true}),
      make(MDAI_AT(face.identify_margin), likeness,
           "How far the best person must lie before the second-best. 0: the engine's own.", {.reloadable = true}),
      make(MDAI_AT(face.duplicate_threshold), likeness,
           "How like another person an enrolment is a duplicate. 0: the engine's own.", {.reloadable = true}),
      make(MDAI_AT(face.duplicate_check), duplicate_checks,
           "At enrolment, whether the face is another user's already: not asked, logged, refused.",
           {.reloadable = true}),
  };
}

} // namespace mdai::config
