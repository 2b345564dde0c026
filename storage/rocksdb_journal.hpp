#pragma once
#include <memory>
#include <string>

#include "storage/journal.hpp"
#include "storage/sealer.hpp"

namespace mdai::storage {

/// Opens (or makes, mode 0700) the directory. `why` is one sentence for the operator when it fails:
/// a file stands there, no permission, in use by another process (journal_in_use), sealed under another key
/// (wrong_storage_key), corrupt.
/// A torn tail of the write-ahead log, as a crash leaves it, is no failure.
result<std::unique_ptr<journal>> open_rocksdb_journal(const std::string& directory, const sealer& seals,
                                                      std::string& why);

} // namespace mdai::storage
