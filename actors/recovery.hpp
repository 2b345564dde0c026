#pragma once
#include <optional>
#include <vector>

#include "actors/supervisor.hpp"
#include "protocol/face/records.hpp"
#include "storage/journal.hpp"

namespace mdai {

/// What the journal held of the face product.
struct recovered_face {
  std::vector<face::tenant_record> tenants;
  std::vector<face::user_record> users;
  std::vector<face::template_record> templates;
  std::vector<face::session_record> sessions; ///< those whose life ended, or will end, after `since`
};

/// What the journal held at start. Only keys and the small outbox records: a session is read when somebody
/// asks for it.
struct recovered {
  std::vector<outbox_record> outbox;
  std::vector<supervisor_state::sleeping> sessions;
  std::vector<device_record> devices;
  std::vector<challenge_record> challenges; ///< the open ones
  std::optional<recovered_face> face{};     ///< when the face product is on
};

/// The journal's errors.
result<recovered> recover(storage::journal& journal, wall_time now);

/// The journal's errors.
result<recovered_face> recover_face(storage::journal& journal, wall_time since);

} // namespace mdai
