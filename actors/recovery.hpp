#pragma once
#include <vector>

#include "actors/supervisor.hpp"
#include "storage/journal.hpp"

namespace mdai {

/// What the journal held at start. Only keys and the small outbox records: a session is read when somebody
/// asks for it.
struct recovered {
  std::vector<outbox_record> outbox;
  std::vector<supervisor_state::sleeping> sessions;
  std::vector<device_record> devices;
  std::vector<challenge_record> challenges; ///< the open ones
};

/// The journal's errors.
result<recovered> recover(storage::journal& journal, wall_time now);

} // namespace mdai
