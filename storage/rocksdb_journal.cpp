#include "storage/rocksdb_journal.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "storage/byte_io.hpp"
#include "storage/directory.hpp"
#include "storage/rocksdb_database.hpp"
#include "storage/rocksdb_options.hpp"

namespace mdai::storage {
namespace {

constexpr std::uint32_t format_version = 1;
constexpr std::string_view format_key = "format"; // meta: the format's version, sealed, so that it proves the key too

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

class rocksdb_journal final : public journal {
public:
  rocksdb_journal(std::string directory, sealer seals)
      : directory_(std::move(directory))
      , seals_(std::move(seals)) {}

  /// Opens the database, checks its format and key, and proves that it takes writes. `last_error` tells what
  /// is wrong.
  result<void> open();

  result<void> commit(const write_batch& batch) override;
  result<std::optional<std::string>> get(column where, std::string_view key) override;
  result<void> scan(column where, std::string_view from, std::string_view to,
                    const std::function<bool(std::string_view, std::string_view)>& visit) override;
  result<void> scrub(const std::vector<key_range>& ranges, std::string& why) override;
  result<void> resume() override;
  std::uint64_t disk_bytes() override { return bytes_in(directory_); }
  std::string last_error() const override { return last_error_; }

private:
  rocksdb::Status flush_all();
  rocksdb::Status rewrite(const key_range& range);
  result<void> check_format();
  result<void> write_format();
  errc explain_key(const boost::system::error_code& ec);
  result<void> add(rocksdb::WriteBatch& out, const write& w);
  errc stop(std::string reason);
  errc read_failed(const rocksdb::Status& status);
  std::string_view bound_to(column where, std::string_view key);

  std::string directory_;
  sealer seals_;
  std::unique_ptr<database> db_; ///< empty when a reopening failed
  /// A commit failed. The log may end in half a batch now, and what is appended behind that would not be
  /// replayed: only a reopening, which cuts it off, makes commits safe again.
  std::atomic<bool> stopped_ = false;
  std::mutex reopening_; ///< who holds it has the database for longer than a call
  std::string last_error_;
  std::string bound_to_; ///< reused by every record
};

/// Column name, zero byte, key: what a record's encryption is bound to.
std::string_view rocksdb_journal::bound_to(column where, std::string_view key) {
  bound_to_.assign(name(where));
  bound_to_.push_back('\0');
  return bound_to_.append(key);
}

errc rocksdb_journal::stop(std::string reason) {
  stopped_ = true;
  last_error_ = std::move(reason);
  return errc::journal_unavailable;
}

errc rocksdb_journal::read_failed(const rocksdb::Status& status) {
  last_error_ = "the journal in " + directory_ + " cannot be read: " + status.ToString();
  return status.IsCorruption() ? errc::corrupt_record : errc::journal_unavailable;
}

result<void> rocksdb_journal::add(rocksdb::WriteBatch& out, const write& w) {
  auto* family = (*db_)[w.where];
  rocksdb::Status status;
  switch (w.what) {
  case write::kind::put: {
    auto sealed = seals_.seal(w.value, bound_to(w.where, w.key));
    if (!sealed)
      return sealed.error();
    status = out.Put(family, w.key, *sealed);
    break;
  }
  case write::kind::erase:
    status = out.Delete(family, w.key);
    break;
  case write::kind::erase_range:
    if (w.key < w.value)
      status = out.DeleteRange(family, w.key, w.value);
    break;
  }
  if (!status.ok())
    return errc::journal_unavailable;
  return {};
}

result<void> rocksdb_journal::commit(const write_batch& batch) {
  if (stopped_)
    return errc::journal_unavailable;
  if (batch.empty())
    return {};
  std::size_t bytes = 0;
  for (const auto& w : batch.writes())
    bytes += w.key.size() + w.value.size() + 64;
  rocksdb::WriteBatch out{bytes};
  for (const auto& w : batch.writes())
    if (auto added = add(out, w); !added) // nothing is written yet: this batch fails, the journal does not
      return errc::journal_unavailable;
  rocksdb::WriteOptions options;
  options.sync = true;
  if (auto status = (*db_)->Write(options, &out); !status.ok())
    return stop("the journal in " + directory_ + " cannot be written: " + status.ToString());
  last_error_.clear();
  return {};
}

result<std::optional<std::string>> rocksdb_journal::get(column where, std::string_view key) {
  if (!db_)
    return errc::journal_unavailable;
  rocksdb::PinnableSlice found;
  auto status = (*db_)->Get({}, (*db_)[where], slice(key), &found);
  if (status.IsNotFound())
    return std::optional<std::string>{};
  if (!status.ok())
    return read_failed(status);
  auto plain = seals_.open(view(found), bound_to(where, key));
  if (!plain)
    return plain.error();
  return std::optional{std::move(*plain)};
}

result<void> rocksdb_journal::scan(column where, std::string_view from, std::string_view to,
                                   const std::function<bool(std::string_view, std::string_view)>& visit) {
  if (!db_)
    return errc::journal_unavailable;
  auto end = slice(to);
  rocksdb::ReadOptions options;
  options.fill_cache = false; // a recovery reads each record once
  options.readahead_size = 2u << 20;
  if (!to.empty())
    options.iterate_upper_bound = &end;
  std::unique_ptr<rocksdb::Iterator> at{(*db_)->NewIterator(options, (*db_)[where])};
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    auto key = view(at->key());
    auto plain = seals_.open(view(at->value()), bound_to(where, key));
    if (!plain)
      return plain.error();
    if (!visit(key, *plain))
      return {};
  }
  if (!at->status().ok())
    return read_failed(at->status());
  return {};
}

// The log holds what was written until every column that it is about is flushed. Twice: before the first flush that
// begins a new log, somebody may have written to a column that had nothing to flush when its turn was.
rocksdb::Status rocksdb_journal::flush_all() {
  for (std::size_t i = 0; i < 2 * column_count; ++i)
    if (auto status = (*db_)->Flush({}, (*db_)[static_cast<column>(i % column_count)]); !status.ok())
      return status;
  return rocksdb::Status::OK();
}

rocksdb::Status rocksdb_journal::rewrite(const key_range& range) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  auto from = slice(range.from), to = slice(range.to);
  return (*db_)->CompactRange(options, (*db_)[range.where], &from, range.to.empty() ? nullptr : &to);
}

result<void> rocksdb_journal::scrub(const std::vector<key_range>& ranges, std::string& why) {
  const std::scoped_lock keep{reopening_};
  if (stopped_) {
    why = "the journal in " + directory_ + " cannot be written";
    return errc::journal_unavailable;
  }
  auto status = flush_all();
  for (auto at = ranges.begin(); status.ok() && at != ranges.end(); ++at)
    status = rewrite(*at);
  // Files that nobody needs go in a thread of RocksDB, some time later; this asks for it here and now.
  if (status.ok())
    status = (*db_)->DisableFileDeletions();
  if (status.ok())
    status = (*db_)->EnableFileDeletions(true);
  if (status.ok())
    return {};
  why = "the journal in " + directory_ + " cannot be rewritten: " + status.ToString();
  return errc::journal_unavailable;
}

result<void> rocksdb_journal::open() {
  auto opened = database::open(directory_, last_error_);
  if (!opened)
    return opened.error();
  db_ = std::move(*opened);
  stopped_ = false;
  last_error_.clear();
  return check_format();
}

result<void> rocksdb_journal::write_format() {
  byte_writer version{sizeof format_version};
  version.integer(format_version);
  write_batch batch;
  batch.put(column::meta, std::string{format_key}, version.take());
  return commit(batch);
}

errc rocksdb_journal::explain_key(const boost::system::error_code& ec) {
  if (ec == errc::wrong_storage_key) {
    last_error_ = "the journal in " + directory_ +
                  " is sealed under another key: set STORAGE_KEY to the key it was made with, or name that key "
                  "among the previous ones (MDAI_STORAGE_KEYS_PREVIOUS)";
    return errc::wrong_storage_key;
  }
  if (last_error_.empty())
    last_error_ = "the journal's format record in " + directory_ + " is damaged: " + ec.message();
  return errc::corrupt_record;
}

result<void> rocksdb_journal::check_format() {
  auto found = get(column::meta, format_key);
  if (!found)
    return explain_key(found.error());
  if (!*found)
    return write_format();
  byte_reader in{**found};
  auto version = in.integer<std::uint32_t>();
  if (!in.complete())
    return explain_key(make_error_code(errc::corrupt_record));
  if (version != format_version) {
    last_error_ = "the journal in " + directory_ + " has format " + std::to_string(version) +
                  "; this broker knows format " + std::to_string(format_version);
    return errc::unknown_record_version;
  }
  // Again, for two reasons: it proves that the disk takes writes, and under the current key, so that a key
  // rotated away can be dropped once its last records are gone.
  return write_format();
}

result<void> rocksdb_journal::resume() {
  if (!stopped_)
    return {};
  // Reading goes on while the disk is full; it is given up for a reopening only when that will find room.
  std::string why;
  if (!prove_room(directory_, max_log_bytes, why))
    return stop(std::move(why));
  const std::scoped_lock nobody_else{reopening_};
  db_.reset();
  if (!open())
    return stop(std::move(last_error_));
  return {};
}

} // namespace

result<std::unique_ptr<journal>> open_rocksdb_journal(const std::string& directory, const sealer& seals,
                                                      std::string& why) {
  if (auto made = make_private_directory(directory, why); !made)
    return made.error();
  auto opened = std::make_unique<rocksdb_journal>(directory, seals);
  if (auto ok = opened->open(); !ok) {
    why = opened->last_error();
    return ok.error();
  }
  return std::unique_ptr<journal>{std::move(opened)};
}

} // namespace mdai::storage
