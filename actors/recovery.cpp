#include "actors/recovery.hpp"

#include "actors/log.hpp"
#include "storage/face_records.hpp"
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

namespace {

/// Everything in a column from `from` on; what cannot be read is left where it is.
template <class Record>
result<void> read_all(storage::journal& journal, storage::column where, std::string_view from,
                      result<Record> (*decode)(std::string_view), std::vector<Record>& out) {
  return journal.scan(where, from, {}, [&](std::string_view, std::string_view value) {
    if (auto record = decode(value))
      out.push_back(std::move(*record));
    else
      log::error("face_record_unreadable").with("column", name(where)).with("why", record.error().message());
    return true;
  });
}

} // namespace

result<recovered_face> recover_face(storage::journal& journal, wall_time since) {
  using storage::column;
  recovered_face found;
  for (auto read : {read_all(journal, column::tenants, {}, storage::decode_tenant, found.tenants),
                    read_all(journal, column::users, {}, storage::decode_user, found.users),
                    read_all(journal, column::templates, {}, storage::decode_template, found.templates),
                    read_all(journal, column::face_sessions, storage::time_key(since), storage::decode_face_session,
                             found.sessions)})
    if (!read)
      return read.error();
  return found;
}

} // namespace mdai
