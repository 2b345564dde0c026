#pragma once
#include <unordered_map>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"

namespace mdai {

/// Knows every session whose id falls on its loop: the running ones, and those that sleep in the journal since a
/// restart.
struct supervisor_state {
  using interface = supervisor_actor;
  static inline const char* name = "mdai.supervisor";
  static constexpr bool essential = true;

  /// A session that the journal held at start.
  struct sleeping {
    object_id id;
    wall_time expires_at;
  };

  supervisor_state(interface::pointer self, environment& env, std::vector<sleeping> recovered);
  ~supervisor_state();
  interface::behavior_type make_behavior();

private:
  /// When a session ends: by the wall clock on the disk (with the id, the key of its record), by the monotonic clock
  /// here.
  struct life {
    wall_time expires_at;
    std::chrono::steady_clock::time_point deadline;
  };
  struct running {
    session_actor session;
    mdai::supervisor_state::life life;
  };
  using promise = caf::typed_response_promise<session_actor>;

  caf::result<session_record> on_create(const create_session& x);
  session_page on_list(const list_sessions& x) const;
  caf::result<session_actor> on_find(const find_session& x);
  caf::result<bool> on_outcome(const delivery_outcome& x);
  void on_pending(const delivery_pending& x);
  void on_down(const caf::down_msg& x);
  void on_sweep();
  session_actor run(session_record record, const life& until);
  void wake(const object_id& id, const life& until);
  void woke(const object_id& id, const session_actor& session);
  void fail(const object_id& id, errc why);
  void explain_absence(const object_id& id, promise answer);

  interface::pointer self_;
  environment& env_;
  session_policy policy_; ///< every session of this loop reads it
  std::unordered_map<object_id, running> running_;
  std::unordered_map<caf::actor_addr, object_id> by_address_;
  std::unordered_map<object_id, life> sleeping_;
  std::unordered_map<object_id, std::vector<promise>> waking_;
  std::unordered_map<object_id, unsigned> restarts_; ///< of sessions that died by accident
};

} // namespace mdai
