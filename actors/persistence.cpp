#include "actors/persistence.hpp"

#include <algorithm>
#include <chrono>

#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds longest_purge_interval = 10min, shortest_purge_interval = 1s;
constexpr auto resume_interval = 1s;

metric commits{metric::kind::counter, "mdai_journal_commits_total", "Synced batches"};
metric writes{metric::kind::counter, "mdai_journal_writes_total", "Changes in those batches"};
metric failures{metric::kind::counter, "mdai_journal_failures_total", "Batches that could not be stored"};
metric disk_bytes{metric::kind::gauge, "mdai_journal_disk_bytes", "Size of the journal on disk"};
timing commit_seconds{"mdai_journal_commit_seconds", "Time of one synced batch"};

} // namespace

persistence_state::persistence_state(interface::pointer self, std::shared_ptr<storage::journal> journal,
                                     outbox_actor outbox, environment& env)
    : self_(self)
    , journal_(std::move(journal))
    , outbox_(std::move(outbox))
    , env_(env) {}

persistence_actor::behavior_type persistence_state::make_behavior() {
  self_->send(self_, purge_expired{});
  return {[this](const store& x) { return on_store(x); }, //
          [this](const fetch& x) { return on_fetch(x); }, //
          [this](const find_record& x) { return on_find_record(x); },
          [this](const flush_writes&) { on_flush(); },  //
          [this](const purge_expired&) { on_purge(); }, //
          [this](const resume_journal&) { on_resume(); }};
}

caf::result<stored> persistence_state::on_store(const store& x) {
  if (waiting_.empty())
    self_->send(self_, flush_writes{});
  batch_.append(x.batch);
  if (x.result)
    results_.push_back(*x.result);
  auto promise = self_->make_response_promise<stored>();
  waiting_.push_back(promise);
  return promise;
}

void persistence_state::on_flush() {
  if (waiting_.empty())
    return;
  auto begin = std::chrono::steady_clock::now();
  auto committed = journal_->commit(batch_);
  commit_seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (committed) {
    ++commits;
    writes += static_cast<std::int64_t>(batch_.size());
  } else {
    failed();
  }
  batch_ = {};
  for (auto& result : std::exchange(results_, {}))
    if (committed)
      self_->send(outbox_, std::move(result));
  for (auto& promise : std::exchange(waiting_, {}))
    committed ? promise.deliver(stored{}) : promise.deliver(caf::make_error(errc::journal_unavailable));
}

// A read sees every write that was asked for before it.
caf::result<std::string> persistence_state::on_fetch(const fetch& x) {
  on_flush();
  auto found = journal_->get(x.where, x.key);
  if (!found)
    return caf::make_error(errc::journal_unavailable);
  if (!*found)
    return caf::make_error(errc::not_found);
  return std::move(**found);
}

caf::result<bool> persistence_state::on_find_record(const find_record& x) {
  on_flush();
  bool found = false;
  auto look = [&](std::string_view key, std::string_view) {
    auto parts = storage::parse_session_key(key);
    found = parts && parts->first == x.id;
    return !found;
  };
  if (!journal_->scan(storage::column::sessions, storage::time_key(x.from), storage::time_key(x.to), look))
    return caf::make_error(errc::journal_unavailable);
  return found;
}

// The node stops taking sessions but keeps what it has; the disk is tried until it works again.
void persistence_state::failed() {
  ++failures;
  if (!env_.ready.journal.exchange(false))
    return;
  log::error("journal_failed").with("why", journal_->last_error());
  self_->delayed_send(self_, resume_interval, resume_journal{});
}

void persistence_state::on_resume() {
  if (journal_->resume()) {
    env_.ready.journal = true;
    log::info("journal_resumed");
  } else {
    self_->delayed_send(self_, resume_interval, resume_journal{});
  }
}

void persistence_state::on_purge() {
  auto now = env_.wall();
  auto config = env_.now();
  auto& s = config->settings;
  auto interval = std::clamp<milliseconds>(s.session.retention / 10, shortest_purge_interval, longest_purge_interval);
  self_->delayed_send(self_, interval, purge_expired{});
  using storage::column;
  storage::write_batch old;
  auto sessions_end = storage::time_key(now - s.session.retention);
  auto dead_end = storage::time_key(now - s.outbox.dead_letter_retention);
  for (auto c : {column::sessions, column::scans})
    old.erase_range(c, storage::time_key(wall_time{}), sessions_end);
  for (auto c : {column::dead_letters, column::dead_images})
    old.erase_range(c, storage::time_key(wall_time{}), dead_end);
  old.erase_range(column::challenges, storage::challenge_key(wall_time{}),
                  storage::challenge_key(now - s.session.retention - s.devices.challenge_ttl));
  old.erase_range(column::face_sessions, storage::time_key(wall_time{}),
                  storage::time_key(now - s.face.session_retention));
  if (env_.ready.journal && !journal_->commit(old))
    failed();
  disk_bytes.set(static_cast<std::int64_t>(journal_->disk_bytes()));
}

} // namespace mdai
