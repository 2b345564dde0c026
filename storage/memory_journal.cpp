#include "storage/memory_journal.hpp"

namespace mdai::storage {
namespace {

using column_map = std::map<std::string, std::string, std::less<>>;

void apply(column_map& target, const write& w) {
  switch (w.what) {
  case write::kind::put:
    target.insert_or_assign(w.key, w.value);
    break;
  case write::kind::erase:
    target.erase(w.key);
    break;
  case write::kind::erase_range:
    if (w.key < w.value)
      target.erase(target.lower_bound(w.key), target.lower_bound(w.value));
    break;
  }
}

} // namespace

result<void> memory_journal::commit(const write_batch& batch) {
  if (batch.empty())
    return {};
  stopped_ = stopped_ || failing_;
  if (stopped_)
    return errc::journal_unavailable;
  for (const auto& w : batch.writes())
    apply(columns_[static_cast<std::size_t>(w.where)], w);
  ++commits_;
  return {};
}

result<std::optional<std::string>> memory_journal::get(column where, std::string_view key) {
  const auto& source = columns_[static_cast<std::size_t>(where)];
  auto found = source.find(key);
  return found == source.end() ? std::nullopt : std::optional{found->second};
}

result<void> memory_journal::scan(column where, std::string_view from, std::string_view to,
                                  const std::function<bool(std::string_view, std::string_view)>& visit) {
  const auto& source = columns_[static_cast<std::size_t>(where)];
  for (auto at = source.lower_bound(from); at != source.end() && (to.empty() || at->first < to); ++at)
    if (!visit(at->first, at->second))
      break;
  return {};
}

// Memory has forgotten already.
result<void> memory_journal::scrub(const std::vector<key_range>&, std::string& why) {
  ++scrubs_tried_;
  if (stopped_ || failing_ || failing_scrubs_) {
    why = "a test makes it fail";
    return errc::journal_unavailable;
  }
  ++scrubs_;
  return {};
}

result<void> memory_journal::resume() {
  if (failing_)
    return errc::journal_unavailable;
  stopped_ = false;
  return {};
}

std::string memory_journal::last_error() const { return stopped_ ? "a test makes commits fail" : ""; }

} // namespace mdai::storage
