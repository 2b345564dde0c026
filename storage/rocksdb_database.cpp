#include "storage/rocksdb_database.hpp"

#include <exception>

#include "storage/rocksdb_options.hpp"

namespace mdai::storage {
namespace {

using rocksdb::WALRecoveryMode;

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors() {
  std::vector<rocksdb::ColumnFamilyDescriptor> all{{rocksdb::kDefaultColumnFamilyName, {}}};
  for (std::size_t i = 0; i < column_count; ++i) {
    auto c = static_cast<column>(i);
    all.emplace_back(std::string{name(c)}, column_options(c));
  }
  return all;
}

enum class access { write, read };

rocksdb::Status open_with(const std::string& directory, WALRecoveryMode recovery, access how,
                          std::unique_ptr<database>& opened) {
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  auto options = database_options(recovery);
  try {
    auto status = how == access::write ? rocksdb::DB::Open(options, directory, descriptors(), &handles, &db)
                                       : rocksdb::DB::OpenForReadOnly(options, directory, descriptors(), &handles, &db);
    if (status.ok())
      opened = std::make_unique<database>(std::unique_ptr<rocksdb::DB>{db}, std::move(handles));
    return status;
  } catch (const std::exception& e) { // RocksDB starts threads here
    return rocksdb::Status::Aborted(e.what());
  }
}

/// How far the log can be replayed in a recovery mode; 0 when not at all.
rocksdb::SequenceNumber replayed(const std::string& directory, WALRecoveryMode recovery) {
  std::unique_ptr<database> db;
  return open_with(directory, recovery, access::read, db).ok() ? (*db)->GetLatestSequenceNumber() : 0;
}

/// Every batch is synced before the next is written, so a crash damages the last one only. Whole batches
/// behind the damage mean that the disk, not a crash, did it.
bool damaged_at_tail_only(const std::string& directory) {
  auto before_damage = replayed(directory, WALRecoveryMode::kPointInTimeRecovery);
  return before_damage != 0 && before_damage == replayed(directory, WALRecoveryMode::kSkipAnyCorruptedRecords);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

errc explain(const rocksdb::Status& status, const std::string& directory, std::string& why) {
  auto text = status.ToString();
  // RocksDB has no code for its lock: the first is another process, the second another journal of this one.
  if (contains(text, "While lock file") || contains(text, "lock hold by current process")) {
    why = "the journal in " + directory + " is in use by another process";
    return errc::journal_in_use;
  }
  if (contains(text, "Column families not opened")) {
    why = "the journal in " + directory + " was made by a newer broker: " + text;
    return errc::unknown_record_version;
  }
  why = "the journal in " + directory + " cannot be opened: " + text;
  // A path that is not found is a file that RocksDB's own lists name: the directory itself is there.
  return status.IsCorruption() || status.IsPathNotFound() ? errc::corrupt_record : errc::journal_unavailable;
}

} // namespace

result<std::unique_ptr<database>> database::open(const std::string& directory, std::string& why) {
  std::unique_ptr<database> db;
  auto status = open_with(directory, WALRecoveryMode::kTolerateCorruptedTailRecords, access::write, db);
  if (status.IsCorruption() && damaged_at_tail_only(directory))
    status = open_with(directory, WALRecoveryMode::kPointInTimeRecovery, access::write, db);
  if (!status.ok())
    return explain(status, directory, why);
  return db;
}

database::~database() {
  for (auto* handle : handles_)
    db_->DestroyColumnFamilyHandle(handle);
}

} // namespace mdai::storage
