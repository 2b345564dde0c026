#pragma once
#include <cstdint>

/// Linked into a program it stands between the program (RocksDB included) and its files: a disk that fills up
/// in the middle of a write, or whose syncs fail. Standard output is spared.
namespace faulty_disk {

enum class allocations { fail, succeed };

/// From here on files take this many bytes more; then writes are cut short and fail (ENOSPC). An allocation
/// of more than that fails too, or promises what writes will not find.
void fill_after(std::int64_t bytes, allocations larger = allocations::fail);
/// From here on no sync succeeds (EIO).
void fail_syncs();
void heal();

} // namespace faulty_disk
