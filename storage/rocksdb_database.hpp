#pragma once
#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "protocol/errc.hpp"
#include "storage/journal.hpp"

namespace mdai::storage {

/// An open RocksDB and its column families; the destructor closes both.
class database {
public:
  /// Opens or makes it in `directory`, which exists. A torn tail of the write-ahead log is cut off; a log
  /// that is damaged before its tail is refused, because acknowledged records would be lost. `why` is one
  /// sentence for the operator. Errors: journal_in_use, corrupt_record, unknown_record_version (made by a
  /// newer broker), journal_unavailable.
  static result<std::unique_ptr<database>> open(const std::string& directory, std::string& why);

  database(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles)
      : db_(std::move(db))
      , handles_(std::move(handles)) {}
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database();

  rocksdb::DB* operator->() const { return db_.get(); }
  rocksdb::ColumnFamilyHandle* operator[](column c) const { return handles_[static_cast<std::size_t>(c) + 1]; }

private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_; ///< RocksDB's own "default" first, then ours in their order
};

} // namespace mdai::storage
