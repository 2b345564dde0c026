#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/turns.hpp"

namespace mdai {

/// The challenges that may still be answered; those that are over stand in the journal, without their secrets, until
/// they are purged. Nothing is told before it is on the disk.
struct challenges_state {
  using interface = challenges_actor;
  static inline const char* name = "mdai.challenges";
  static constexpr bool essential = true;
  /// Live ones; more are refused with errc::overloaded.
  static constexpr std::size_t max_live = 100'000;

  /// `recovered`: those that the journal held open at start.
  challenges_state(interface::pointer self, environment& env, std::vector<challenge_record> recovered);
  ~challenges_state();
  interface::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;
  using issue_promise = caf::typed_response_promise<issued_challenge>;
  using answer_promise = caf::typed_response_promise<challenge_answer>;
  struct entry {
    challenge machine;
    time_point deadline;
  };

  caf::result<issued_challenge> on_issue(const issue_challenge& x);
  void issue(const issue_challenge& x, const device_record& device, issue_promise answer);

  caf::result<challenge_answer> on_answer(const answer_challenge& x);
  void judge(const answer_challenge& x, answer_promise answer);
  void judge_old(const answer_challenge& x, answer_promise answer);
  void check_device(const answer_challenge& x, answer_promise answer);
  void find_session(const answer_challenge& x, answer_promise answer);
  void open(const object_id& id, session_record session, answer_promise answer);
  void finish(const object_id& id, answer_promise answer, challenge_answer what);
  void fail(const object_id& id, answer_promise answer, const caf::error& why);

  void on_tick();
  void add(challenge_record record);
  void erase(const object_id& id);
  void store_record(const challenge_record& record, std::function<void(bool)> then);
  void settle(const object_id& id);
  void arm(time_point when);
  wall_time now(const entry& e) const;

  interface::pointer self_;
  environment& env_;
  std::unordered_map<object_id, entry> live_;
  std::multimap<time_point, object_id> deadlines_;
  turns<object_id> turns_;
  std::optional<time_point> armed_;
};

} // namespace mdai
