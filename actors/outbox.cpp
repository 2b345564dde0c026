#include "actors/outbox.hpp"

#include <chrono>
#include <random>

#include "actors/backend_call.hpp"
#include "actors/hosted.hpp"
#include "actors/http_answers.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// Images that wait for a retry are dropped from memory past this and read from the journal again.
constexpr std::size_t image_cache_bytes = 64u << 20;
/// A call that has not ended this long after its timeout has died.
constexpr seconds call_slack{5};
/// The session has this long to store and take its outcome.
constexpr auto outcome_timeout = 30s;
/// A dead letter that the disk did not take is tried again after this.
constexpr auto bury_retry = 2s;

metric waiting{metric::kind::gauge, "mdai_outbox_waiting", "Results that wait for the platform's answer"};
metric delivered{metric::kind::counter, "mdai_outbox_delivered_total", "Results that the platform has answered"};
metric retries{metric::kind::counter, "mdai_outbox_retries_total", "Deliveries that failed and are tried again"};
metric buried{metric::kind::counter, "mdai_outbox_dead_letters_total", "Results given up after outbox.retention"};
metric key_refusals{metric::kind::counter, "mdai_backend_key_refused_total",
                    "Deliveries answered 401 or 403: BACKEND_API_KEY is wrong"};

double random_fraction() {
  static thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

outbox_policy make_policy(const settings& s) {
  outbox_policy p;
  p.retry_window = s.backend.retry_window;
  p.retention = s.outbox.retention;
  return p;
}

} // namespace

outbox_state::outbox_state(interface::pointer self, environment& env, std::vector<outbox_record> recovered)
    : self_(self)
    , env_(env)
    , policy_(make_policy(env.now()->settings))
    , schedule_(policy_, env.dice ? env.dice : random_fraction) {
  for (auto& r : recovered)
    add(std::move(r), {});
}

outbox_actor::behavior_type outbox_state::make_behavior() {
  self_->send(self_, outbox_tick{});
  return {[this](const deliver& x) {
            add(x.record, x.image);
            work();
          },
          [this](const outbox_tick&) {
            armed_.reset();
            work();
          }};
}

void outbox_state::add(outbox_record record, payload image) {
  auto id = record.session_id;
  auto now = env_.wall();
  if (entries_.contains(id)) { // its outcome is stored already, or this one would not be here
    schedule_.remove(id, true);
    drop(id);
  }
  schedule_.add(id, env_.steady(), now - record.created_at, std::max(milliseconds{0}, record.session_expires_at - now));
  if (images_in_memory_ + image.size() > image_cache_bytes)
    image = {};
  images_in_memory_ += image.size();
  entries_.insert_or_assign(id, entry{std::move(record), std::move(image)});
  waiting.set(static_cast<std::int64_t>(entries_.size()));
}

void outbox_state::work() {
  auto todo = schedule_.due(env_.steady());
  for (auto& id : todo.pending) {
    auto& e = entries_.at(id);
    self_->send(env_.supervisor_of(id), delivery_pending{id, {e.timed_out, age(e.record)}});
  }
  for (auto& id : todo.give_up)
    give_up(id);
  for (auto& id : todo.attempt)
    attempt(id);
  arm();
}

void outbox_state::arm() {
  auto next = schedule_.next();
  if (!next || (armed_ && *armed_ <= *next))
    return;
  armed_ = next;
  self_->delayed_send(self_, std::max<std::chrono::nanoseconds>(0ns, *next - env_.steady()), outbox_tick{});
}

void outbox_state::attempt(const object_id& id) {
  auto& e = entries_.at(id);
  if (e.outcome)
    return hand_over(id);
  if (!e.image.empty())
    return call(id, e.image.view());
  self_->request(env_.persistence, caf::infinite, fetch{storage::column::images, storage::outbox_key(id)})
      .then([this, id](const std::string& image) { call(id, image); },
            [this, id](const caf::error& why) {
              if (why != errc::not_found)
                return retry_later(id, "the image cannot be read", outbox_schedule::culprit::ourselves);
              // Without its image a result can never be delivered. Operators find it among the dead letters.
              log::error("outbox_image_missing").with("session_id", id.hex());
              schedule_.remove(id, false);
              bury(id, {});
            });
}

void outbox_state::call(const object_id& id, std::string_view image) {
  auto it = entries_.find(id);
  if (it == entries_.end())
    return;
  auto config = env_.now();
  auto& r = it->second.record;
  backend_request x;
  x.timeout = config->settings.backend.timeout;
  x.request.method = "POST";
  x.request.where = config->api_url;
  x.request.headers.set("x-api-key", config->settings.backend.api_key);
  x.request.headers.set("Idempotency-Key", r.idempotency_key());
  set_trace(x.request, {request_id_or_new(r.trace.request_id), r.trace.traceparent});
  x.request.headers.set("Content-Type", "application/json");
  x.request.body = backend::delivery_body(r.platform_id, image, r.scores);
  ++r.attempts;
  auto caller = spawn_on<backend_call_state>(*env_.system, self_->context(), *env_.clients[0]);
  auto patience = x.timeout + call_slack;
  self_->request(caller, patience, std::move(x))
      .then([this, id](const backend::reply& reply) { on_reply(id, reply); },
            [this, id](const caf::error&) { retry_later(id, "the call died", outbox_schedule::culprit::ourselves); });
}

void outbox_state::on_reply(const object_id& id, const backend::reply& reply) {
  auto d = backend::judge_delivery(reply);
  auto it = entries_.find(id);
  if (it == entries_.end())
    return;
  if (d.what == backend::delivery::verdict::final) {
    ++delivered;
    d.outcome.round = it->second.record.round;
    d.outcome.took = age(it->second.record);
    it->second.outcome = std::move(d.outcome);
    return hand_over(id);
  }
  it->second.timed_out = reply.error == errc::timed_out;
  if (d.key_refused) {
    ++key_refusals;
    log::error("backend_refuses_our_key").with("session_id", id.hex()).with("status", reply.status);
  }
  retry_later(id, std::move(d.why), outbox_schedule::culprit::backend, d.retry_after);
}

void outbox_state::retry_later(const object_id& id, std::string why, outbox_schedule::culprit whose,
                               std::optional<seconds> retry_after) {
  auto it = entries_.find(id);
  if (it == entries_.end())
    return;
  ++retries;
  log::warning("delivery_failed")
      .with("session_id", id.hex())
      .with("request_id", it->second.record.trace.request_id)
      .with("attempt", it->second.record.attempts)
      .with("why", why);
  it->second.record.last_error = std::move(why);
  schedule_.on_failure(id, env_.steady(), whose, retry_after);
  work();
}

// The session takes its outcome first: its record and the outbox change together. A session that is over leaves that to
// us. What it cannot store now is offered again: the platform is not asked twice for what it has said.
void outbox_state::hand_over(const object_id& id) {
  auto& e = entries_.at(id);
  self_->request(env_.supervisor_of(id), outcome_timeout, delivery_outcome{id, *e.outcome})
      .then(
          [this, id, round = e.record.round, success = e.outcome->success,
           request_id = e.record.trace.request_id](bool taken) {
            if (!is_current(id, round))
              return;
            log::info("delivery_answered")
                .with("session_id", id.hex())
                .with("request_id", request_id)
                .with("outcome", success ? "success" : "failed");
            taken ? forget(id) : erase(id);
          },
          [this, id, round = e.record.round](const caf::error&) {
            if (is_current(id, round))
              retry_later(id, "the session could not store the outcome", outbox_schedule::culprit::ourselves);
          });
}

bool outbox_state::is_current(const object_id& id, std::uint32_t round) const {
  auto it = entries_.find(id);
  return it != entries_.end() && it->second.record.round == round;
}

milliseconds outbox_state::age(const outbox_record& record) const {
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(env_.wall() - record.created_at));
}

void outbox_state::forget(const object_id& id) {
  drop(id);
  schedule_.remove(id, true);
  work();
}

// The image must not outlive the outcome: what cannot be erased now is offered and erased again.
void outbox_state::erase(const object_id& id) {
  store x;
  x.batch.erase(storage::column::outbox, storage::outbox_key(id));
  x.batch.erase(storage::column::images, storage::outbox_key(id));
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then([this, id](stored) { forget(id); },
            [this, id](const caf::error&) {
              retry_later(id, "the entry could not be erased", outbox_schedule::culprit::ourselves);
            });
}

void outbox_state::give_up(const object_id& id) {
  self_->request(env_.persistence, caf::infinite, fetch{storage::column::images, storage::outbox_key(id)})
      .then([this, id](const std::string& image) { bury(id, image); },
            [this, id](const caf::error& why) { why == errc::not_found ? bury(id, {}) : bury_later(id); });
}

// Until its dead letter is on the disk the entry stays where it is.
void outbox_state::bury(const object_id& id, const std::string& image) {
  auto it = entries_.find(id);
  if (it == entries_.end())
    return;
  auto key = storage::dead_letter_key(env_.wall(), id);
  store x;
  x.batch.put(storage::column::dead_letters, key, storage::encode(it->second.record));
  x.batch.put(storage::column::dead_images, key, image);
  x.batch.erase(storage::column::outbox, storage::outbox_key(id));
  x.batch.erase(storage::column::images, storage::outbox_key(id));
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then(
          [this, id, attempts = it->second.record.attempts](stored) {
            ++buried;
            log::error("delivery_given_up").with("session_id", id.hex()).with("attempts", attempts);
            drop(id);
          },
          [this, id](const caf::error&) { bury_later(id); });
}

void outbox_state::bury_later(const object_id& id) {
  schedule_.add(id, env_.steady() + bury_retry, policy_.retention, {});
  arm();
}

void outbox_state::drop(const object_id& id) {
  if (auto it = entries_.find(id); it != entries_.end()) {
    images_in_memory_ -= it->second.image.size();
    entries_.erase(it);
  }
  waiting.set(static_cast<std::int64_t>(entries_.size()));
}

} // namespace mdai
