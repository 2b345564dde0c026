#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "actors/session.hpp"
#include "storage/records.hpp"

/// What the machine asks for: results, into the journal and out of it.
namespace mdai {
namespace {

metric results{metric::kind::counter, "mdai_results_submitted_total", "Results journaled for delivery"};

} // namespace

void session_state::submit(const session_record& record, messages::submission submission) {
  auto config = env_.now();
  outbox_record entry;
  entry.session_id = record.id;
  entry.platform_id = std::move(submission.platform_id);
  entry.created_at = env_.wall();
  entry.session_expires_at = record.expires_at;
  entry.round = record.rounds;
  if (config->settings.backend.send_scores)
    entry.scores = std::move(submission.scores);
  if (auto device = find(speaking_))
    entry.trace = device->trace;
  auto request_id = entry.trace.request_id;
  payload image{std::move(submission.image)};
  mdai::store x;
  auto key = storage::outbox_key(record.id);
  x.batch.put(storage::column::sessions, storage::session_key(record), storage::encode(record));
  x.batch.put(storage::column::outbox, key, storage::encode(entry));
  x.batch.put(storage::column::images, key, std::string{image.view()});
  x.result = deliver{std::move(entry), std::move(image)};
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then(
          [this, request_id](stored) {
            ++results;
            log::info("result_stored").with("session_id", machine_.record().id.hex()).with("request_id", request_id);
            machine_.on_submitted(true);
          },
          [this](const caf::error&) { machine_.on_submitted(false); });
}

void session_state::store_final(const session_record& record) {
  if (std::exchange(storing_final_, true))
    return;
  mdai::store x;
  auto key = storage::outbox_key(record.id);
  x.batch.put(storage::column::sessions, storage::session_key(record), storage::encode(record));
  x.batch.erase(storage::column::outbox, key);
  x.batch.erase(storage::column::images, key);
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then(
          [this](stored) {
            storing_final_ = false;
            machine_.on_final_stored();
            for (auto& promise : std::exchange(outcomes_, {}))
              promise.deliver(true);
            count_presence();
          },
          [this](const caf::error&) {
            storing_final_ = false;
            log::error("final_result_not_stored").with("session_id", machine_.record().id.hex());
            for (auto& promise : std::exchange(outcomes_, {}))
              promise.deliver(caf::make_error(errc::journal_unavailable));
          });
}

} // namespace mdai
