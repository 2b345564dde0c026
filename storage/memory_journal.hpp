#pragma once
#include <array>
#include <map>
#include <string>

#include "storage/journal.hpp"

namespace mdai::storage {

/// The journal contract in memory, for tests and simulations: commits can be made to fail, and copies are
/// crash images. Stops like the one on disk: after a commit failed, all fail until `resume` succeeds.
class memory_journal final : public journal {
public:
  result<void> commit(const write_batch& batch) override;
  result<std::optional<std::string>> get(column where, std::string_view key) override;
  result<void> scan(column where, std::string_view from, std::string_view to,
                    const std::function<bool(std::string_view, std::string_view)>& visit) override;
  result<void> scrub(const std::vector<key_range>&, std::string& why) override;
  result<void> resume() override;
  std::uint64_t disk_bytes() override { return 0; }
  std::string last_error() const override;

  /// From here on commits and `resume` fail (the disk is full), or work again.
  void fail_commits(bool on) { failing_ = on; }
  /// From here on files cannot be rewritten, or can again.
  void fail_scrubs(bool on) { failing_scrubs_ = on; }
  std::uint64_t commits() const { return commits_; }
  std::uint64_t scrubs() const { return scrubs_; }
  /// Those that failed too.
  std::uint64_t scrubs_tried() const { return scrubs_tried_; }

private:
  bool failing_ = false;
  bool failing_scrubs_ = false;
  bool stopped_ = false;
  std::uint64_t commits_ = 0, scrubs_ = 0, scrubs_tried_ = 0;
  std::array<std::map<std::string, std::string, std::less<>>, column_count> columns_;
};

} // namespace mdai::storage
