#pragma once
#include <cstdint>

#include <rocksdb/options.h>

#include "storage/journal.hpp"

namespace mdai::storage {

/// The write-ahead log's size from which RocksDB flushes; no reopening replays or needs much more.
inline constexpr std::uint64_t max_log_bytes = 64u << 20;

/// One writer, little memory, a fast start; every acknowledged byte synced. See
/// docs/decisions/0003-journal-on-rocksdb.md.
rocksdb::DBOptions database_options(rocksdb::WALRecoveryMode recovery);
rocksdb::ColumnFamilyOptions column_options(column c);

} // namespace mdai::storage
