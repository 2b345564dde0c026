#include "actors/challenges.hpp"
#include "actors/live_session.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using outcome = challenge_answer::outcome;

metric opened{metric::kind::counter, "mdai_challenges_opened_total", "Challenges answered rightly"};
metric refusals{metric::kind::counter, "mdai_challenges_refused_total", "Answers that opened nothing"};

std::string_view text_of(outcome what) {
  switch (what) {
  case outcome::opened:
    return "opened";
  case outcome::wrong:
    return "wrong";
  case outcome::used:
    return "used";
  case outcome::killed:
    return "killed";
  case outcome::expired:
    return "expired";
  case outcome::unknown:
    return "unknown";
  case outcome::device_revoked:
    return "device_revoked";
  case outcome::session_gone:
    return "session_gone";
  }
  return "unknown";
}

outcome to_outcome(challenge::verdict v) {
  switch (v) {
  case challenge::verdict::used:
    return outcome::used;
  case challenge::verdict::killed:
    return outcome::killed;
  case challenge::verdict::expired:
    return outcome::expired;
  default:
    return outcome::wrong;
  }
}

} // namespace

caf::result<challenge_answer> challenges_state::on_answer(const answer_challenge& x) {
  auto answer = self_->make_response_promise<challenge_answer>();
  turns_.take(x.id, [this, x, answer] { live_.contains(x.id) ? judge(x, answer) : judge_old(x, answer); });
  return answer;
}

void challenges_state::judge(const answer_challenge& x, answer_promise answer) {
  auto& e = live_.at(x.id);
  auto verdict = e.machine.judge(x.response, now(e));
  if (verdict == challenge::verdict::right)
    return check_device(x, answer);
  if (verdict != challenge::verdict::wrong)
    return finish(x.id, answer, {to_outcome(verdict)});
  store_record(e.machine.record(), [this, id = x.id, answer](bool on_disk) {
    on_disk ? finish(id, answer, {outcome::wrong}) : fail(id, answer, caf::make_error(errc::journal_unavailable));
  });
}

// One that is over, or never was: the journal knows.
void challenges_state::judge_old(const answer_challenge& x, answer_promise answer) {
  self_->request(env_.persistence, caf::infinite, fetch{storage::column::challenges, storage::challenge_key(x.id)})
      .then(
          [this, id = x.id, answer](const std::string& bytes) {
            auto record = storage::decode_challenge(bytes);
            if (!record)
              return finish(id, answer, {outcome::unknown});
            // Open there means that it runs out right now.
            auto verdict = challenge{std::move(*record)}.judge({}, wall_time::max());
            finish(id, answer, {to_outcome(verdict)});
          },
          [this, id = x.id, answer](const caf::error& e) {
            e == errc::not_found ? finish(id, answer, {outcome::unknown}) : fail(id, answer, e);
          });
}

// A device that was revoked since, or has another key by now, is not the one that was challenged.
void challenges_state::check_device(const answer_challenge& x, answer_promise answer) {
  auto& r = live_.at(x.id).machine.record();
  self_->request(env_.device_registry, caf::infinite, find_device{r.device_id})
      .then(
          [this, x, answer, key = r.key_der](const device_record& device) {
            if (device.revoked_at || device.key_der != key)
              return finish(x.id, answer, {outcome::device_revoked});
            find_session(x, answer);
          },
          [this, id = x.id, answer](const caf::error&) { finish(id, answer, {outcome::device_revoked}); });
}

// The session comes first: should we die in between, the challenge can be answered again.
void challenges_state::find_session(const answer_challenge& x, answer_promise answer) {
  auto id = x.id;
  auto& r = live_.at(id).machine.record();
  if (r.kind == challenge_kind::wifi)
    return open(id, {}, answer);
  if (r.session_id.empty()) {
    create_session wanted{object_id::make(env_.wall()), {}, x.request_id};
    wanted.device_id = r.device_id;
    self_->request(env_.supervisor_of(wanted.id), caf::infinite, wanted)
        .then([this, id, answer](const session_record& session) { open(id, session, answer); },
              [this, id, answer](const caf::error& e) { fail(id, answer, e); });
    return;
  }
  look_at_live(
      self_, env_, *object_id::from_raw(r.session_id),
      [this, id, answer](const session_record& session) { open(id, session, answer); },
      [this, id, answer](const caf::error& e) {
        is_gone(e) ? finish(id, answer, {outcome::session_gone, {}, {}}) : fail(id, answer, e);
      });
}

void challenges_state::open(const object_id& id, session_record session, answer_promise answer) {
  auto before = live_.at(id).machine;
  live_.at(id).machine.use();
  store_record(live_.at(id).machine.record(), [this, id, before, session, answer](bool on_disk) {
    if (on_disk)
      return finish(id, answer, {outcome::opened, before.record(), session});
    live_.at(id).machine = before; // nothing was given out
    fail(id, answer, caf::make_error(errc::journal_unavailable));
  });
}

void challenges_state::finish(const object_id& id, answer_promise answer, challenge_answer what) {
  ++(what.what == outcome::opened ? opened : refusals);
  log::info("challenge_answered").with("challenge_id", id.hex()).with("outcome", text_of(what.what));
  answer.deliver(std::move(what));
  settle(id);
}

void challenges_state::fail(const object_id& id, answer_promise answer, const caf::error& why) {
  answer.deliver(why);
  settle(id);
}

} // namespace mdai
