#include "actors/challenges.hpp"

#include "actors/live_session.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "protocol/crypto.hpp"
#include "protocol/rsa_key.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// What the disk did not take is tried again after this.
constexpr auto store_retry = 1s;

metric waiting{metric::kind::gauge, "mdai_challenges_open", "Challenges that may still be answered"};
metric issued{metric::kind::counter, "mdai_challenges_issued_total", "Challenges made for devices"};

} // namespace

challenges_state::challenges_state(interface::pointer self, environment& env, std::vector<challenge_record> recovered)
    : self_(self)
    , env_(env) {
  for (auto& r : recovered)
    add(std::move(r));
}

challenges_state::~challenges_state() { waiting += -static_cast<std::int64_t>(live_.size()); }

challenges_actor::behavior_type challenges_state::make_behavior() {
  on_tick();
  return {[this](const issue_challenge& x) { return on_issue(x); },
          [this](const answer_challenge& x) { return on_answer(x); },
          [this](const challenge_tick&) {
            armed_.reset();
            on_tick();
          }};
}

// -- making one -------------------------------------------------------------------------------------------------------

caf::result<issued_challenge> challenges_state::on_issue(const issue_challenge& x) {
  if (live_.size() >= max_live)
    return caf::make_error(errc::overloaded);
  auto answer = self_->make_response_promise<issued_challenge>();
  self_->request(env_.device_registry, caf::infinite, find_device{x.device_id})
      .then(
          [this, x, answer](const device_record& device) mutable {
            if (device.revoked_at)
              return static_cast<void>(answer.deliver(caf::make_error(errc::device_revoked)));
            if (!x.session_id)
              return issue(x, device, answer);
            look_at_live(
                self_, env_, *x.session_id,
                [this, x, device, answer](const session_record&) { issue(x, device, answer); },
                [answer](const caf::error& e) mutable {
                  answer.deliver(caf::make_error(is_gone(e) ? errc::not_found : errc::journal_unavailable));
                });
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

void challenges_state::issue(const issue_challenge& x, const device_record& device, issue_promise answer) {
  auto key = rsa_key::from_der(device.key_der);
  auto secret = crypto::random_bytes(challenge::answer_bytes);
  auto sealed = key ? key->seal(secret) : result<std::string>{key.error()};
  if (!sealed) {
    log::error("challenge_not_made").with("device_id", x.device_id).with("why", sealed.error().message());
    answer.deliver(caf::make_error(errc::seal_failed));
    return;
  }
  auto ttl = env_.now()->settings.devices.challenge_ttl;
  challenge_record r;
  r.created_at = env_.wall();
  r.id = object_id::make(r.created_at);
  r.kind = x.kind;
  r.expires_at = r.created_at + ttl;
  r.device_id = x.device_id;
  r.key_der = device.key_der;
  r.digest = crypto::sha256(secret);
  r.ssid = x.ssid;
  r.password = x.password;
  if (x.session_id)
    r.session_id = std::string{x.session_id->raw()};
  issued_challenge made{r.id, std::move(*sealed), std::chrono::ceil<seconds>(ttl)};
  store_record(r, [this, r, made, answer, request_id = x.request_id](bool on_disk) mutable {
    if (!on_disk)
      return static_cast<void>(answer.deliver(caf::make_error(errc::journal_unavailable)));
    ++issued;
    log::info("challenge_issued")
        .with("challenge_id", r.id.hex())
        .with("request_id", request_id)
        .with("device_id", r.device_id)
        .with("kind", mdai::name(r.kind));
    add(std::move(r));
    answer.deliver(made);
  });
}

// -- the end of each --------------------------------------------------------------------------------------------------

wall_time challenges_state::now(const entry& e) const {
  return e.machine.record().expires_at - std::chrono::duration_cast<milliseconds>(e.deadline - env_.steady());
}

void challenges_state::add(challenge_record record) {
  auto id = record.id;
  auto deadline = env_.steady() + (record.expires_at - env_.wall());
  if (live_.emplace(id, entry{challenge{std::move(record)}, deadline}).second)
    ++waiting;
  deadlines_.emplace(deadline, id);
  arm(deadline);
}

// One turn is over. What a challenge has become is on the disk, or its deadline sees to that.
void challenges_state::settle(const object_id& id) {
  if (auto it = live_.find(id); it != live_.end() && it->second.machine.record().status == challenge_status::used)
    erase(id);
  turns_.done(id);
}

void challenges_state::erase(const object_id& id) {
  if (live_.erase(id) == 1)
    --waiting;
}

void challenges_state::on_tick() {
  auto due = deadlines_.upper_bound(env_.steady());
  std::vector<object_id> ids;
  for (auto it = deadlines_.begin(); it != due; ++it)
    ids.push_back(it->second);
  deadlines_.erase(deadlines_.begin(), due);
  for (auto& id : ids)
    turns_.take(id, [this, id] {
      auto it = live_.find(id);
      if (it == live_.end())
        return turns_.done(id);
      it->second.machine.expire(it->second.machine.record().expires_at);
      store_record(it->second.machine.record(), [this, id](bool on_disk) {
        if (on_disk) {
          erase(id);
        } else {
          deadlines_.emplace(env_.steady() + store_retry, id);
          arm(env_.steady() + store_retry);
        }
        turns_.done(id);
      });
    });
  if (!deadlines_.empty())
    arm(deadlines_.begin()->first);
}

void challenges_state::arm(time_point when) {
  if (armed_ && *armed_ <= when)
    return;
  armed_ = when;
  self_->delayed_send(self_, std::max<std::chrono::nanoseconds>(0ns, when - env_.steady()), challenge_tick{});
}

void challenges_state::store_record(const challenge_record& record, std::function<void(bool)> then) {
  store x;
  x.batch.put(storage::column::challenges, storage::challenge_key(record.id), storage::encode(record));
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then([then](stored) { then(true); }, [then](const caf::error&) { then(false); });
}

} // namespace mdai
