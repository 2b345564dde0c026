#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errc.hpp"

namespace mdai::storage {

/// Column families. The order is the order on disk; new ones go to the end.
enum class column : std::uint8_t {
  meta,
  sessions,
  scans,
  outbox,
  images,
  dead_letters,
  dead_images,
  devices,
  challenges,
  tenants,
  users,
  face_sessions,
  templates
};
inline constexpr std::size_t column_count = 13;
std::string_view name(column c);

/// One change of one key; a range erase covers [key, value).
struct write {
  enum class kind : std::uint8_t { put, erase, erase_range } what;
  column where;
  std::string key;
  std::string value;
};

/// Changes that become durable together or not at all.
class write_batch {
public:
  void put(column where, std::string key, std::string value);
  void erase(column where, std::string key);
  void erase_range(column where, std::string from, std::string to);
  void append(write_batch other);
  bool empty() const { return writes_.empty(); }
  std::size_t size() const { return writes_.size(); }
  const std::vector<write>& writes() const { return writes_; }

private:
  std::vector<write> writes_;
};

/// Keys [from, to) of a column; an empty `to` means the end.
struct key_range {
  column where;
  std::string from, to;
};

/// Where acknowledged state lives. One thread at a time (the persistence actor's), but for `scrub`, which may run
/// beside all other calls; every call may block on the disk.
class journal {
public:
  virtual ~journal() = default;
  /// Answers after the bytes are on the disk (one sync), else nothing of the batch is stored:
  /// `errc::journal_unavailable`. (After a crash a batch that failed may be there all the same, whole.) Once
  /// a commit failed, all fail until `resume`.
  virtual result<void> commit(const write_batch& batch) = 0;
  virtual result<std::optional<std::string>> get(column where, std::string_view key) = 0;
  /// Calls `visit` for each key in [from, to) in order until it answers false. An empty `to` means the end.
  virtual result<void> scan(column where, std::string_view from, std::string_view to,
                            const std::function<bool(std::string_view key, std::string_view value)>& visit) = 0;
  /// Makes what was erased or overwritten in `ranges` vanish from the files too, as far as files are still there to
  /// tell: nothing of the old bytes is left in them when this answers. Costs a flush of everything and the rewriting of
  /// the files that hold the ranges, while commits go on. Errors: `errc::journal_unavailable`, and `why` is one
  /// sentence for the operator; the erasing itself stays.
  virtual result<void> scrub(const std::vector<key_range>& ranges, std::string& why) = 0;
  /// Tries to write again after a failure (a disk that was full has room again). Success: commits may work
  /// again.
  virtual result<void> resume() = 0;
  /// Bytes on disk, for the metrics; 0 when unknown.
  virtual std::uint64_t disk_bytes() = 0;
  /// Why the journal is not healthy, one sentence for the operator; empty when it is.
  virtual std::string last_error() const { return {}; }
};

} // namespace mdai::storage
