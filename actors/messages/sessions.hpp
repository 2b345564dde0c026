#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/session_machine.hpp"
#include "protocol/session_record.hpp"

/// Sessions, their supervisor, and who asks for them.
namespace mdai {

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

} // namespace mdai
