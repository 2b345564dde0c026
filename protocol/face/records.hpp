#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/crypto.hpp"
#include "protocol/face/analysis.hpp"
#include "protocol/time.hpp"
#include "protocol/uuid.hpp"

/// What survives the process in the face product: tenants, their people, sessions and templates. All of it is encrypted
/// at rest; keys in the database are random, so that they name nobody.
namespace mdai::face {

// -- tenants ----------------------------------------------------------------------------------------------------------

/// Values are written down: never renumber.
enum class tenant_status : std::uint8_t { active = 0, suspended = 1 };
std::string_view name(tenant_status s);

/// Which secret a payload is encrypted under: the one whose name the client used when it signed in. Values are written
/// down: never renumber.
enum class key_source : std::uint8_t {
  secret_key = 0, ///< SHA-256(api_secret)
  api_key = 1,    ///< SHA-256(api_key)
};
/// "secret_key", "api_key".
std::string_view name(key_source k);
/// The inverse; nothing for another text.
std::optional<key_source> parse_key_source(std::string_view text);

/// A business client. The secret itself is not kept.
struct tenant_record {
  std::string client_id;
  std::string client_name;
  std::string api_key;       ///< "frapi_" and 43 characters
  std::string secret_salt;   ///< of the password KDF (protocol/password.hpp)
  std::string secret_digest; ///< of the password KDF; empty: a tenant of the settings, which is not stored
  crypto::key256 secret_payload_key{}, api_payload_key{}; ///< SHA-256 of the secret and of the API key
  std::string tier = "standard";
  std::string features = "{}"; ///< a JSON object's text
  std::uint32_t per_hour = 0;  ///< REST calls; 0: any number
  std::uint32_t per_day = 0;
  tenant_status status = tenant_status::active;
  wall_time created_at{};

  const crypto::key256& payload_key(key_source k) const {
    return k == key_source::secret_key ? secret_payload_key : api_payload_key;
  }
  bool operator==(const tenant_record&) const = default;
};

// -- their people -----------------------------------------------------------------------------------------------------

/// Somebody a tenant knows. `id` is made up by us and stands for the person wherever a name is not needed: in keys, in
/// logs, between actors.
struct user_record {
  uuid id;
  std::string client_id;
  std::string external_user_id; ///< the tenant's name for the person: personal data
  bool face_auth_enabled = true;
  std::string profile = "{}"; ///< a JSON object's text, as the tenant wrote it
  std::optional<wall_time> enrollment_completed_at{};
  wall_time created_at{};

  bool enrolled() const { return enrollment_completed_at.has_value(); }
  bool operator==(const user_record&) const = default;
};

/// The embeddings of one person: of their last enrolment, all by one engine.
struct template_record {
  uuid person; ///< user_record::id
  std::string client_id;
  std::string user_id; ///< the tenant's name for the person, for 1:N answers
  std::string engine_id, engine_version;
  std::uint32_t dimension = 0;
  std::vector<embedding> embeddings; ///< each of `dimension` numbers
  wall_time enrolled_at{};

  bool operator==(const template_record&) const = default;
};

// -- sessions ---------------------------------------------------------------------------------------------------------

/// Values are written down: never renumber.
enum class session_kind : std::uint8_t { enrollment = 0, verification = 1, identification = 2 };
/// "enrollment", "verification", "identification".
std::string_view name(session_kind k);

/// Values are written down: never renumber.
enum class session_status : std::uint8_t {
  pending = 0,      ///< an enrolment that waits for its first socket
  active = 1,       ///< an authentication that waits for its first socket
  processing = 2,   ///< a socket is attached
  disconnected = 3, ///< it had a socket; resumable until it expires
  completed = 4,
  failed = 5,
  expired = 6,
  cancelled = 7,
};
std::string_view name(session_status s);
/// Nothing happens in it any more.
constexpr bool is_over(session_status s) { return s >= session_status::completed; }

/// What the camera is. Values are written down: never renumber.
enum class session_type : std::uint8_t { webcam = 0, mobile = 1, api = 2 };
std::string_view name(session_type t);
/// The inverse of `name`; nothing for another text.
std::optional<session_type> parse_session_type(std::string_view text);

/// All of a session that survives the process, but for liveness and samples, which live in its stream.
struct session_record {
  uuid session_id;
  uuid enrollment_id; ///< of an enrolment; else none
  std::string token;  ///< "sess_" and 43 characters of 256 random bits: the credential of its WebSocket
  std::string client_id;
  uuid person;         ///< user_record::id; none: 1:N
  std::string user_id; ///< the tenant's name for the person; empty: 1:N
  session_kind kind = session_kind::enrollment;
  session_type type = session_type::webcam;
  session_status status = session_status::pending;
  std::uint32_t frames_wanted = 3; ///< target_samples of an enrolment, else min_frames_required
  std::uint32_t required_blinks = 1;
  bool require_liveness = true;
  std::string metadata = "{}"; ///< a JSON object's text, as the tenant wrote it
  face::key_source key_source = face::key_source::api_key;
  wall_time created_at{};
  wall_time expires_at{};
  std::optional<wall_time> completed_at{}; ///< when it was over, however it ended
  std::uint32_t frames_processed = 0;      ///< accepted samples
  std::uint32_t frames_counted = 0;        ///< analysed and invalid ones: what the budget counts
  std::string reason;                      ///< why it failed, one sentence without personal data; else empty

  bool operator==(const session_record&) const = default;
};

/// What a status answer calls an enrolment's progress: "pending", "in_progress", "completed", "failed", "expired",
/// "cancelled"; empty for an authentication.
std::string_view enrollment_status(const session_record& r);

/// Fresh credentials: 256 random bits in 43 url-safe characters behind a prefix.
std::string make_session_token(); ///< "sess_…"
std::string make_api_key();       ///< "frapi_…"

} // namespace mdai::face
