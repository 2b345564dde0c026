#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "protocol/backend_reply.hpp"
#include "protocol/challenge.hpp"
#include "protocol/device_record.hpp"
#include "protocol/errc.hpp"
#include "protocol/messages.hpp"
#include "protocol/payload.hpp"
#include "protocol/session_machine.hpp"
#include "protocol/session_record.hpp"
#include "storage/journal.hpp"
#include "transport/http.hpp"
#include "transport/http_client.hpp"
#include "transport/websocket.hpp"

/// Every message that actors exchange, grouped by conversation. interfaces.hpp says who takes which.
namespace mdai {

struct link;

// -- a socket and its session -----------------------------------------------------------------------------------------

/// A text message from an admitted socket.
struct frame {
  link_id from = 0;
  payload text;
};
struct binary_frame {
  link_id from = 0;
};
/// A message that came too fast. It goes through the session all the same, so that the answer to it comes in its turn.
struct excess_frame {
  link_id from = 0;
  std::size_t bytes = 0;        ///< of the read window that it holds
  bool out_of_patience = false; ///< the socket is to be closed
};
struct link_pong {
  link_id from = 0;
};
struct link_gone {
  link_id from = 0;
};
/// A socket whose token is verified asks for its seat. The session answers over the socket itself: auth_success and
/// `admitted` to the connection, or auth_failed and a close.
struct join {
  std::shared_ptr<link> who;
  bool resumed = false; ///< it was seated before the session was restarted
};
/// Two seconds are over since the session pinged this link.
struct ping_overdue {
  link_id to = 0;
  std::uint64_t round = 0;
};
/// The session's life is over.
struct deadline {};

// -- a socket and its connection --------------------------------------------------------------------------------------

/// A text message from a socket that is not admitted yet.
struct first_message {
  payload text;
};
struct admitted {};
struct socket_closed {};
struct auth_overdue {};
/// Settings were reloaded: rates and sizes may be others.
struct limits_changed {};
/// Time to say that we are still here.
struct heartbeat {};
/// Drain: close with 1001, reconnect elsewhere.
struct go_away {};

// -- sessions and their supervisor ------------------------------------------------------------------------------------

struct create_session {
  object_id id;
  std::string platform_id;
  std::string request_id; ///< for the log
  dialect_id dialect = dialect_id::session;
  std::string alias{}; ///< session_record::alias
  bool hybrid = false;
  std::string device_id{}; ///< bound to it from the start; empty: to the first that comes
};
struct find_session {
  object_id id;
};
/// Asks a session what it is; answers its record.
struct look {};
/// Asks for what operators may see of a session.
struct describe {};
struct session_report {
  session_record record;
  bool mobile_connected = false, device_connected = false;
};
/// A person's phone names the session: it is theirs when it was nobody's. Answers the record, once it is on the disk.
struct own_session {
  std::string platform_id;
  bool hybrid = false;
};
/// The operator ends the session. Answers when that is on the disk.
struct end_session {};
/// Asks for the ids of sessions behind `after`, in their order.
struct list_sessions {
  object_id after;
  std::size_t limit = 0;
};
struct session_page {
  std::vector<object_id> ids;
};
struct session_over {
  object_id id;
};
struct policy_changed {
  session_policy policy;
};
struct sweep {};

// -- devices ----------------------------------------------------------------------------------------------------------

/// A session wants a device for itself; answers whether it has it.
struct claim_device {
  std::string device_id;
  object_id session_id;
};
struct release_device {
  std::string device_id;
  object_id session_id;
};
/// Is the device's connection in this session alive? Answers false when it is not, and then the session has let go of
/// it.
struct probe_device {
  std::string device_id;
};

/// The operator has revoked this device: it loses its seat, wherever it has one.
struct device_revoked {
  std::string device_id;
};
struct register_device {
  device_record wanted;
};
struct registered {
  registration how{};
};
struct find_device {
  std::string device_id;
};
struct revoke_device {
  std::string device_id;
};
/// Asks for devices behind `after`, in the order of their names.
struct list_devices {
  std::string after;
  std::size_t limit = 0;
};
struct device_page {
  std::vector<device_record> devices;
};

// -- challenges -------------------------------------------------------------------------------------------------------

struct issue_challenge {
  challenge_kind kind = challenge_kind::wifi;
  std::string device_id;
  std::string ssid, password;
  std::optional<object_id> session_id{}; ///< a live session to join
  std::string request_id;                ///< for the log
};
struct issued_challenge {
  object_id id;
  std::string sealed; ///< what the device must decrypt
  seconds expires_in{};
};
struct answer_challenge {
  object_id id;
  std::string response; ///< bytes
  std::string request_id;
};
/// What came of an answer, once it is on the disk.
struct challenge_answer {
  enum class outcome { opened, wrong, used, killed, expired, unknown, device_revoked, session_gone };
  outcome what = outcome::unknown;
  challenge_record opened{}; ///< as it was before it was used up
  session_record session{};  ///< of a WebSocket challenge that opened
};
/// Something runs out.
struct challenge_tick {};

// -- the journal ------------------------------------------------------------------------------------------------------

/// A journaled result to deliver.
struct deliver {
  outbox_record record;
  payload image; ///< base64
};
/// Answers `stored` after the batch is on the disk, else errc::journal_unavailable.
struct store {
  storage::write_batch batch;
  std::optional<deliver> result{}; ///< goes to the outbox with the commit, even if its session is over by then
};
struct stored {};
/// Erases so that nothing of it is left in the journal's files: what `batch` erases, and the earlier states of whatever
/// lies in `ranges`. Answers when that is so. errc::journal_unavailable: not yet; what was erased stays erased, and the
/// files are cleaned as soon as the disk allows, at the latest by the next start.
struct erase_for_good {
  storage::write_batch batch;
  std::vector<storage::key_range> ranges;
};
/// Answers the stored value, or errc::not_found.
struct fetch {
  storage::column where{};
  std::string key;
};
/// Answers whether a session is journaled whose life was to end in [from, to).
struct find_record {
  object_id id;
  wall_time from{}, to{};
};
struct flush_writes {};
struct purge_expired {};
struct resume_journal {};

// -- results and the backend ------------------------------------------------------------------------------------------

struct outbox_tick {};
/// The delivery takes longer than the retry window.
struct delivery_pending {
  object_id id;
  messages::delay why{};
};
/// The backend's last word for a session. Answers true when the session has taken it and it is stored.
struct delivery_outcome {
  object_id id;
  messages::outcome outcome;
};
/// One HTTP call to the platform; answers a backend::reply, failures included.
struct backend_request {
  transport::client_request request;
  milliseconds timeout{};
};
struct backend_answered {
  backend::reply reply;
};

// -- HTTP -------------------------------------------------------------------------------------------------------------

/// A request on the loop it arrived on, and the way to answer it.
struct http_exchange {
  std::shared_ptr<const transport::http_request> request;
  std::shared_ptr<const transport::http_responder> responder;
  std::string_view route{}; ///< the pattern that matched, for actors that serve many

  void respond(transport::http_response r) const { (*responder)(std::move(r)); }
};

} // namespace mdai

CAF_BEGIN_TYPE_ID_BLOCK(mdai, first_custom_type_id)
CAF_ADD_TYPE_ID(mdai, (mdai::frame))
CAF_ADD_TYPE_ID(mdai, (mdai::binary_frame))
CAF_ADD_TYPE_ID(mdai, (mdai::excess_frame))
CAF_ADD_TYPE_ID(mdai, (mdai::link_pong))
CAF_ADD_TYPE_ID(mdai, (mdai::link_gone))
CAF_ADD_TYPE_ID(mdai, (mdai::join))
CAF_ADD_TYPE_ID(mdai, (mdai::ping_overdue))
CAF_ADD_TYPE_ID(mdai, (mdai::deadline))
CAF_ADD_TYPE_ID(mdai, (mdai::first_message))
CAF_ADD_TYPE_ID(mdai, (mdai::admitted))
CAF_ADD_TYPE_ID(mdai, (mdai::socket_closed))
CAF_ADD_TYPE_ID(mdai, (mdai::auth_overdue))
CAF_ADD_TYPE_ID(mdai, (mdai::limits_changed))
CAF_ADD_TYPE_ID(mdai, (mdai::heartbeat))
CAF_ADD_TYPE_ID(mdai, (mdai::go_away))
CAF_ADD_TYPE_ID(mdai, (mdai::create_session))
CAF_ADD_TYPE_ID(mdai, (mdai::find_session))
CAF_ADD_TYPE_ID(mdai, (mdai::look))
CAF_ADD_TYPE_ID(mdai, (mdai::session_record))
CAF_ADD_TYPE_ID(mdai, (mdai::session_over))
CAF_ADD_TYPE_ID(mdai, (mdai::policy_changed))
CAF_ADD_TYPE_ID(mdai, (mdai::sweep))
CAF_ADD_TYPE_ID(mdai, (mdai::claim_device))
CAF_ADD_TYPE_ID(mdai, (mdai::release_device))
CAF_ADD_TYPE_ID(mdai, (mdai::probe_device))
CAF_ADD_TYPE_ID(mdai, (mdai::store))
CAF_ADD_TYPE_ID(mdai, (mdai::stored))
CAF_ADD_TYPE_ID(mdai, (mdai::fetch))
CAF_ADD_TYPE_ID(mdai, (mdai::find_record))
CAF_ADD_TYPE_ID(mdai, (mdai::flush_writes))
CAF_ADD_TYPE_ID(mdai, (mdai::purge_expired))
CAF_ADD_TYPE_ID(mdai, (mdai::resume_journal))
CAF_ADD_TYPE_ID(mdai, (mdai::deliver))
CAF_ADD_TYPE_ID(mdai, (mdai::outbox_tick))
CAF_ADD_TYPE_ID(mdai, (mdai::delivery_pending))
CAF_ADD_TYPE_ID(mdai, (mdai::delivery_outcome))
CAF_ADD_TYPE_ID(mdai, (mdai::backend_request))
CAF_ADD_TYPE_ID(mdai, (mdai::backend_answered))
CAF_ADD_TYPE_ID(mdai, (mdai::backend::reply))
CAF_ADD_TYPE_ID(mdai, (mdai::http_exchange))
CAF_ADD_TYPE_ID(mdai, (mdai::describe))
CAF_ADD_TYPE_ID(mdai, (mdai::session_report))
CAF_ADD_TYPE_ID(mdai, (mdai::own_session))
CAF_ADD_TYPE_ID(mdai, (mdai::end_session))
CAF_ADD_TYPE_ID(mdai, (mdai::list_sessions))
CAF_ADD_TYPE_ID(mdai, (mdai::session_page))
CAF_ADD_TYPE_ID(mdai, (mdai::device_revoked))
CAF_ADD_TYPE_ID(mdai, (mdai::register_device))
CAF_ADD_TYPE_ID(mdai, (mdai::registered))
CAF_ADD_TYPE_ID(mdai, (mdai::find_device))
CAF_ADD_TYPE_ID(mdai, (mdai::device_record))
CAF_ADD_TYPE_ID(mdai, (mdai::revoke_device))
CAF_ADD_TYPE_ID(mdai, (mdai::list_devices))
CAF_ADD_TYPE_ID(mdai, (mdai::device_page))
CAF_ADD_TYPE_ID(mdai, (mdai::issue_challenge))
CAF_ADD_TYPE_ID(mdai, (mdai::issued_challenge))
CAF_ADD_TYPE_ID(mdai, (mdai::answer_challenge))
CAF_ADD_TYPE_ID(mdai, (mdai::challenge_answer))
CAF_ADD_TYPE_ID(mdai, (mdai::challenge_tick))
CAF_ADD_TYPE_ID(mdai, (mdai::erase_for_good))
CAF_END_TYPE_ID_BLOCK(mdai)

// They never leave the process: frames travel between nodes by other means.
#define MDAI_LOCAL(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mdai::type)
MDAI_LOCAL(frame)
MDAI_LOCAL(binary_frame)
MDAI_LOCAL(excess_frame)
MDAI_LOCAL(link_pong)
MDAI_LOCAL(link_gone)
MDAI_LOCAL(join)
MDAI_LOCAL(ping_overdue)
MDAI_LOCAL(deadline)
MDAI_LOCAL(first_message)
MDAI_LOCAL(admitted)
MDAI_LOCAL(socket_closed)
MDAI_LOCAL(auth_overdue)
MDAI_LOCAL(limits_changed)
MDAI_LOCAL(heartbeat)
MDAI_LOCAL(go_away)
MDAI_LOCAL(create_session)
MDAI_LOCAL(find_session)
MDAI_LOCAL(look)
MDAI_LOCAL(session_record)
MDAI_LOCAL(session_over)
MDAI_LOCAL(policy_changed)
MDAI_LOCAL(sweep)
MDAI_LOCAL(claim_device)
MDAI_LOCAL(release_device)
MDAI_LOCAL(probe_device)
MDAI_LOCAL(store)
MDAI_LOCAL(stored)
MDAI_LOCAL(fetch)
MDAI_LOCAL(find_record)
MDAI_LOCAL(flush_writes)
MDAI_LOCAL(purge_expired)
MDAI_LOCAL(resume_journal)
MDAI_LOCAL(deliver)
MDAI_LOCAL(outbox_tick)
MDAI_LOCAL(delivery_pending)
MDAI_LOCAL(delivery_outcome)
MDAI_LOCAL(backend_request)
MDAI_LOCAL(backend_answered)
MDAI_LOCAL(backend::reply)
MDAI_LOCAL(http_exchange)
MDAI_LOCAL(describe)
MDAI_LOCAL(session_report)
MDAI_LOCAL(own_session)
MDAI_LOCAL(end_session)
MDAI_LOCAL(list_sessions)
MDAI_LOCAL(session_page)
MDAI_LOCAL(device_revoked)
MDAI_LOCAL(register_device)
MDAI_LOCAL(registered)
MDAI_LOCAL(find_device)
MDAI_LOCAL(device_record)
MDAI_LOCAL(revoke_device)
MDAI_LOCAL(list_devices)
MDAI_LOCAL(device_page)
MDAI_LOCAL(issue_challenge)
MDAI_LOCAL(issued_challenge)
MDAI_LOCAL(answer_challenge)
MDAI_LOCAL(challenge_answer)
MDAI_LOCAL(challenge_tick)
MDAI_LOCAL(erase_for_good)
#undef MDAI_LOCAL

CAF_ERROR_CODE_ENUM(mdai::errc, "mdai")
