#include "actors/face_sessions.hpp"

namespace mdai {
face_sessions::entry& face_sessions::add(face::session_record record, std::chrono::steady_clock::time_point deadline) {
  auto id = record.session_id;
  by_token_[record.token] = id;
  if (!record.enrollment_id.none())
    by_enrollment_[record.enrollment_id] = id;
  if (!record.person.none())
    by_person_[record.person].insert(id);
  by_expiry_.emplace(record.expires_at, id);
  return sessions_[id] = entry{std::move(record), deadline, {}};
}

face_sessions::entry* face_sessions::find(const uuid& session_id) {
  auto found = sessions_.find(session_id);
  return found == sessions_.end() ? nullptr : &found->second;
}

face_sessions::entry* face_sessions::find_token(const std::string& token) {
  auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : find(found->second);
}

face_sessions::entry* face_sessions::find_any(const std::string& id) {
  auto named = uuid::parse(id);
  if (!named)
    return find_token(id);
  auto found = by_enrollment_.find(*named);
  return find(found == by_enrollment_.end() ? *named : found->second);
}

std::vector<uuid> face_sessions::of_person(const uuid& person) const {
  auto found = by_person_.find(person);
  return found == by_person_.end() ? std::vector<uuid>{}
                                   : std::vector<uuid>(found->second.begin(), found->second.end());
}

void face_sessions::erase(const uuid& session_id) {
  auto found = sessions_.find(session_id);
  if (found == sessions_.end())
    return;
  auto& r = found->second.record;
  by_token_.erase(r.token);
  by_enrollment_.erase(r.enrollment_id);
  if (auto theirs = by_person_.find(r.person); theirs != by_person_.end()) {
    theirs->second.erase(session_id);
    if (theirs->second.empty())
      by_person_.erase(theirs);
  }
  by_expiry_.erase({r.expires_at, session_id});
  sessions_.erase(found);
}

std::vector<face::session_record> face_sessions::purge(wall_time before, std::size_t most) {
  std::vector<face::session_record> early;
  while (!by_expiry_.empty()) {
    const auto [at, id] = *by_expiry_.begin();
    if (at >= before) {
      auto& oldest = sessions_.at(id);
      if (sessions_.size() <= most || oldest.stream)
        break;
      early.push_back(oldest.record);
    }
    erase(id);
  }
  return early;
}

} // namespace mdai
