#include "storage/rocksdb_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

namespace mdai::storage {
namespace {

constexpr std::size_t cache_bytes = 8u << 20;
constexpr std::size_t day_seconds = 24 * 3600;

/// RocksDB's own log would stand on the same disk, and Debian's build aborts the process at the second line
/// that does not fit. What matters comes back in a Status anyway.
class no_log final : public rocksdb::Logger {
public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// After a full disk RocksDB would resume by itself, seconds later, in a thread of its own. There is one way
/// back only: journal::resume, which reopens.
class no_auto_recovery final : public rocksdb::EventListener {
public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::BlockBasedTableOptions table_options() {
  // Recovery reads everything once and the outbox reads a record once per try: one small cache will do for
  // all.
  static const auto cache = rocksdb::NewLRUCache(cache_bytes);
  rocksdb::BlockBasedTableOptions o;
  o.block_cache = cache;
  o.block_size = 16u << 10;
  return o;
}

/// Images go into files of their own, which compactions leave where they are; a file goes when it is mostly
/// garbage.
void keep_images_apart(rocksdb::ColumnFamilyOptions& o) {
  o.write_buffer_size = 16u << 20;
  o.enable_blob_files = true;
  o.min_blob_size = 4u << 10;
  o.blob_file_size = 32u << 20;
  o.enable_blob_garbage_collection = true;
  o.blob_garbage_collection_age_cutoff = 1.0;
  o.blob_garbage_collection_force_threshold = 0.5;
  // The tables hold keys and references only: compacting them early costs nothing and finds the garbage.
  o.level0_file_num_compaction_trigger = 2;
  o.periodic_compaction_seconds = day_seconds;
}

} // namespace

rocksdb::DBOptions database_options(rocksdb::WALRecoveryMode recovery) {
  rocksdb::DBOptions o;
  o.create_if_missing = true;
  o.create_missing_column_families = true;
  o.paranoid_checks = true;
  o.wal_recovery_mode = recovery;
  o.max_total_wal_size = max_log_bytes;
  o.max_background_jobs = 2;
  o.max_open_files = 256;
  o.bytes_per_sync = 1u << 20; // spreads a flush's writing, so that no commit's sync waits behind it
  o.allow_concurrent_memtable_write = false;
  o.skip_stats_update_on_db_open = true;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.info_log = std::make_shared<no_log>();
  o.max_bgerror_resume_count = 0;
  o.listeners = {std::make_shared<no_auto_recovery>()};
  return o;
}

rocksdb::ColumnFamilyOptions column_options(column c) {
  rocksdb::ColumnFamilyOptions o;
  o.write_buffer_size = 1u << 20;
  o.target_file_size_base = 16u << 20;
  o.max_bytes_for_level_base = 64u << 20;
  o.compression = rocksdb::kNoCompression; // what is sealed does not compress
  auto table = table_options();
  switch (c) {
  case column::sessions:
  case column::scans:
    o.write_buffer_size = 8u << 20;
    break;
  case column::images:
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    keep_images_apart(o);
    break;
  case column::dead_images:
    keep_images_apart(o);
    break;
  case column::meta:
  case column::outbox:
  case column::dead_letters:
  case column::devices:
  case column::challenges:
  case column::tenants:
  case column::users:
  case column::face_sessions:
  case column::templates:
    break;
  }
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

} // namespace mdai::storage
