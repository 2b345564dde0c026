#pragma once
#include <chrono>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/face_interfaces.hpp"

namespace mdai {

/// Every face session that can still be asked for, found by each of its ids. One thread.
class face_sessions {
public:
  struct entry {
    face::session_record record;
    std::chrono::steady_clock::time_point deadline; ///< its expiry by the monotonic clock
    face_stream_actor stream;                       ///< empty: it is over
    unsigned restarts = 0;                          ///< after deaths by accident
  };

  entry& add(face::session_record record, std::chrono::steady_clock::time_point deadline);
  /// nullptr: there is none.
  entry* find(const uuid& session_id);
  entry* find_token(const std::string& token);
  /// By session_id, enrollment_id or token.
  entry* find_any(const std::string& id);
  /// The sessions about one person, over or not.
  std::vector<uuid> of_person(const uuid& person) const;
  void erase(const uuid& session_id);
  /// Forgets those whose life was to end before `before`; then the oldest ones until there are at most `most`, but none
  /// that goes on. Answers those that went before their time.
  std::vector<face::session_record> purge(wall_time before, std::size_t most);

  std::size_t size() const { return sessions_.size(); }
  /// Calls `visit(entry&)` for each.
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [id, e] : sessions_)
      visit(e);
  }

private:
  std::unordered_map<uuid, entry> sessions_;
  std::unordered_map<std::string, uuid> by_token_;
  std::unordered_map<uuid, uuid> by_enrollment_;
  std::unordered_map<uuid, std::unordered_set<uuid>> by_person_;
  std::set<std::pair<wall_time, uuid>> by_expiry_;
};

} // namespace mdai
