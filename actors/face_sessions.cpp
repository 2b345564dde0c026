#include "actors/face_sessions.hpp"

namespace mdai {
namespace {

/// Of several values under one key, the one that is `value`.
template <class Map, class Key>
void erase_pair(Map& map, const Key& key, const uuid& value) {
  auto [at, end] = map.equal_range(key);
  while (at != end && at->second != value)
    ++at;
  if (at != end)
    map.erase(at);
}

} // namespace

face_sessions::entry& face_sessions::add(face::session_record record, std::chrono::steady_clock::time_point deadline) {
  auto id = record.session_id;
  by_token_[record.token] = id;
  if (!record.enrollment_id.none())
    by_enrollment_[record.enrollment_id] = id;
  if (!record.person.none())
    by_person_.emplace(record.person, id);
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
  std::vector<uuid> out;
  auto [at, end] = by_person_.equal_range(person);
  for (; at != end; ++at)
    out.push_back(at->second);
  return out;
}

void face_sessions::erase(const uuid& session_id) {
  auto found = sessions_.find(session_id);
  if (found == sessions_.end())
    return;
  auto& r = found->second.record;
  by_token_.erase(r.token);
  by_enrollment_.erase(r.enrollment_id);
  erase_pair(by_person_, r.person, session_id);
  erase_pair(by_expiry_, r.expires_at, session_id);
  sessions_.erase(found);
}

void face_sessions::purge(wall_time before) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first < before)
    erase(by_expiry_.begin()->second);
}

} // namespace mdai
