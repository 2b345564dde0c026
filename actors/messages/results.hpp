#pragma once
#include <optional>
#include <string>
#include <vector>

#include "protocol/backend_reply.hpp"
#include "protocol/messages.hpp"
#include "protocol/payload.hpp"
#include "protocol/session_record.hpp"
#include "storage/journal.hpp"
#include "transport/http_client.hpp"

/// The journal, and results on their way through it to the platform.
namespace mdai {

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
struct erase_waiting {};
struct retry_erasing {};
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

} // namespace mdai
