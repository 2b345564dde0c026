#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "protocol/face/records.hpp"
#include "protocol/face/stream_messages.hpp"

/// Every message that the actors of the face product exchange, grouped by conversation. face_interfaces.hpp says who
/// takes which. `look`, `stored`, `store` and `fetch` come from messages.hpp.
namespace mdai {

struct face_link;

// -- tenants ----------------------------------------------------------------------------------------------------------

/// Who asks, as the request says it: an API key, or the client_id of a verified token.
struct client_credential {
  enum class kind { api_key, client_id } by = kind::api_key;
  std::string text;
};
/// A tenant signs in with its secret.
struct authenticate_client {
  client_credential who;
  std::string secret;
};
/// Whose call is this, and may it be made? Counts against the tenant's rate limits.
struct admit_client {
  client_credential who;
};
struct client_admission {
  face::tenant_record client;
  seconds retry_after{}; ///< > 0: too many calls, and when the next may come
};
/// A new tenant; what is empty is made up.
struct create_client {
  std::string client_id, client_name;
  std::string tier;
  std::string features; ///< a JSON object's text; empty: none
  std::uint32_t per_hour = 0, per_day = 0;
};
/// With its secret, which nobody is shown again.
struct created_client {
  face::tenant_record client;
  std::string secret;
};
struct find_client {
  std::string client_id;
};
struct set_client_status {
  std::string client_id;
  face::tenant_status status{};
};
/// Asks for tenants behind `after`, in the order of their client_id.
struct list_clients {
  std::string after;
  std::size_t limit = 0;
};
struct client_page {
  std::vector<face::tenant_record> clients;
};

/// The digest of a secret, which takes tens of milliseconds (protocol/password.hpp).
struct derive_password {
  std::string secret, salt;
};

// -- their people -----------------------------------------------------------------------------------------------------

struct create_face_user {
  std::string client_id, external_user_id;
  bool face_auth_enabled = true;
  std::string profile = "{}";
};
struct find_face_user {
  std::string client_id, external_user_id;
};
/// The person and everything of them goes: record, sessions, embeddings, and what the database's files hold of that.
struct erase_face_user {
  std::string client_id, external_user_id;
};

// -- sessions and their registry --------------------------------------------------------------------------------------

struct create_face_session {
  std::string client_id;
  std::string user_id; ///< empty: 1:N
  face::session_kind kind{};
  face::session_type type{};
  std::uint32_t frames_wanted = 3, required_blinks = 1;
  bool require_liveness = true;
  std::string metadata = "{}";
  face::key_source key_source{};
  std::string request_id; ///< for the log
};
/// A tenant asks for one of its sessions by session_id, enrollment_id or token.
struct find_face_session {
  std::string client_id, id;
};
/// A tenant ends one of its sessions: to the registry by any of its ids, and from there to the stream.
struct cancel_face_session {
  std::string client_id, id;
};
/// A socket wants the stream of this token; the token is its only credential.
struct find_face_stream {
  std::string token;
};
/// A stream's record has changed: it is on the disk, and nobody outside has heard of it yet. So whoever asks the
/// registry after hearing of it finds it there.
struct face_session_news {
  face::session_record record;
};
/// The stream of this session ends by itself. Its last record may be ahead of the disk: one expires even when the disk
/// takes nothing.
struct forget_face_stream {
  face::session_record record;
};
/// The tenant is suspended: the socket closes 4403; the session stays until it expires.
struct client_suspended {};
/// Time to forget sessions that have been over for long, here and on the disk.
struct sweep_face_sessions {};

// -- a socket and its stream ------------------------------------------------------------------------------------------

/// A socket whose token is the stream's. It takes the place of an earlier one, which closes 4000.
struct join_face_stream {
  std::shared_ptr<face_link> who;
};
/// A text message.
struct face_text {
  link_id from = 0;
  payload text;
};
/// A binary message: one JPEG or PNG.
struct face_image {
  link_id from = 0;
  payload image;
};
struct face_link_gone {
  link_id from = 0;
};
/// The session's life is over.
struct face_deadline {};

// -- frames and their workers -----------------------------------------------------------------------------------------

/// Looks at one frame of a stream; answers analysed_frame. The worker keeps a track for each stream that it sees.
struct analyze_frame {
  uuid session_id;
  face::messages::picture frame;               ///< as it came: the worker decodes it
  std::chrono::steady_clock::time_point until; ///< then nobody waits for the answer any more
};
struct analysed_frame {
  std::optional<face::frame_analysis> analysis; ///< empty: `why`
  errc why{};                                   ///< invalid_image, image_too_large, image_too_small, overloaded, ...
};
/// The stream is over: its track goes.
struct drop_track {
  uuid session_id;
};
/// Which worker shall look at a stream's frames? Asked again when that worker is gone.
struct pick_face_worker {};
/// What the workers' engine is: of one kind, all of them.
struct describe_engine {};

// -- the gallery ------------------------------------------------------------------------------------------------------

/// Stores a person's templates in place of their earlier ones, together with `also` (one commit): the duplicate check
/// of the settings and the insert are one step.
struct enrol_face {
  face::template_record templates;
  face::match_thresholds thresholds; ///< the engine's own; settings override them
  storage::write_batch also;         ///< the session's record as it is after success
};
struct face_enrolled {
  enum class outcome { stored, duplicate } what{};
};
/// The socket is the stream's now.
struct face_joined {};
/// Is this face that person's? Looks at nobody else.
struct verify_face {
  uuid person;
  face::engine_info engine;
  face::embedding probe; ///< the mean of the session's frames
};
/// Whose face is this, among the tenant's people?
struct identify_face {
  std::string client_id;
  face::engine_info engine;
  face::embedding probe;
};
struct face_match {
  bool matched = false;
  std::string user_id; ///< of an identified person
  float likeness = 0;  ///< to the person, or to the best one
};
/// The person's templates go, from the disk and from the index.
struct erase_faces {
  std::string client_id;
  uuid person;
};

} // namespace mdai
