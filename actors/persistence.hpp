#pragma once
#include <memory>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "storage/journal.hpp"

namespace mdai {

/// The only writer of the journal, on a thread of its own. Group commit: the first write sends `flush_writes` behind
/// what is already queued, so everything that waits joins one synced batch.
struct persistence_state {
  using interface = persistence_actor;
  static inline const char* name = "mdai.persistence";
  static constexpr bool essential = true;

  persistence_state(interface::pointer self, std::shared_ptr<storage::journal> journal, outbox_actor outbox,
                    environment& env);
  interface::behavior_type make_behavior();

private:
  caf::result<stored> on_store(const store& x);
  caf::result<std::string> on_fetch(const fetch& x);
  caf::result<bool> on_find_record(const find_record& x);
  void on_flush();
  void on_purge();
  void on_resume();
  void failed();

  interface::pointer self_;
  std::shared_ptr<storage::journal> journal_;
  outbox_actor outbox_;
  environment& env_;
  storage::write_batch batch_;
  std::vector<caf::typed_response_promise<stored>> waiting_;
  std::vector<deliver> results_; ///< in the batch
};

} // namespace mdai
