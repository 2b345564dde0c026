#pragma once
#include <memory>
#include <optional>
#include <string>

#include <caf/all.hpp>

#include "protocol/backend_reply.hpp"
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
};
struct find_session {
  object_id id;
};
/// Asks a session what it is; answers its record.
struct look {};
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
#undef MDAI_LOCAL

CAF_ERROR_CODE_ENUM(mdai::errc, "mdai")
