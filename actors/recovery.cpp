#include "actors/recovery.hpp"

#include "actors/log.hpp"
#include "storage/records.hpp"

namespace mdai {

result<recovered> recover(storage::journal& journal, wall_time now) {
  recovered found;
  auto sessions =
      journal.scan(storage::column::sessions, storage::time_key(now), {}, [&](std::string_view key, std::string_view) {
        if (auto parts = storage::parse_session_key(key))
          found.sessions.push_back({parts->first, parts->second});
        return true;
      });
  if (!sessions)
    return sessions.error();
  auto outbox = journal.scan(storage::column::outbox, {}, {}, [&](std::string_view, std::string_view value) {
    if (auto record = storage::decode_outbox(value))
      found.outbox.push_back(std::move(*record));
    else
      log::error("outbox_record_unreadable").with("why", record.error().message());
    return true;
  });
  if (!outbox)
    return outbox.error();
  auto devices = journal.scan(storage::column::devices, {}, {}, [&](std::string_view, std::string_view value) {
    if (auto record = storage::decode_device(value))
      found.devices.push_back(std::move(*record));
    else
      log::error("device_record_unreadable").with("why", record.error().message());
    return true;
  });
  if (!devices)
    return devices.error();
  auto challenges = journal.scan(storage::column::challenges, {}, {}, [&](std::string_view, std::string_view value) {
    auto record = storage::decode_challenge(value);
    if (!record)
      log::error("challenge_record_unreadable").with("why", record.error().message());
    else if (record->status == challenge_status::open)
      found.challenges.push_back(std::move(*record));
    return true;
  });
  if (!challenges)
    return challenges.error();
  return found;
}

} // namespace mdai
