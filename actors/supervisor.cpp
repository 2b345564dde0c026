#include "actors/supervisor.hpp"

#include <chrono>

#include "actors/hosted.hpp"
#include "actors/log.hpp"
#include "actors/presence.hpp"
#include "actors/session.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

constexpr auto sweep_interval = 10s;
constexpr unsigned max_restarts = 5; // of one session

metric created{metric::kind::counter, "mdai_sessions_created_total", "Sessions created"};
metric recovered_sessions{metric::kind::counter, "mdai_sessions_recovered_total",
                          "Sessions found in the journal at start"};

} // namespace

supervisor_state::supervisor_state(interface::pointer self, environment& env, std::vector<sleeping> recovered)
    : self_(self)
    , env_(env)
    , policy_(env.now()->policy()) {
  // The wall clock is asked once; from here on the monotonic clock decides.
  auto wall = env_.wall();
  auto steady = env_.steady();
  sleeping_.reserve(recovered.size());
  for (auto& s : recovered)
    sleeping_.emplace(s.id, life{s.expires_at, steady + (s.expires_at - wall)});
  recovered_sessions += static_cast<std::int64_t>(sleeping_.size());
  presence::sessions += static_cast<std::int64_t>(sleeping_.size());
}

supervisor_state::~supervisor_state() { presence::sessions += -static_cast<std::int64_t>(sleeping_.size()); }

supervisor_actor::behavior_type supervisor_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& x) { on_down(x); });
  self_->delayed_send(self_, sweep_interval, sweep{});
  return {[this](const create_session& x) { return on_create(x); },
          [this](const find_session& x) { return on_find(x); },
          [this](const session_over& x) {
            running_.erase(x.id);
            restarts_.erase(x.id);
          },
          [this](const delivery_pending& x) { on_pending(x); },
          [this](const delivery_outcome& x) { return on_outcome(x); },
          [this](const policy_changed& x) { policy_ = x.policy; },
          [this](const sweep&) { on_sweep(); }};
}

caf::result<session_record> supervisor_state::on_create(const create_session& x) {
  auto answer = self_->make_response_promise<session_record>();
  session_record record;
  record.id = x.id;
  record.platform_id = x.platform_id;
  record.dialect = x.dialect;
  record.alias = x.alias;
  record.created_at = env_.wall();
  record.expires_at = record.created_at + env_.now()->settings.session.ttl;
  life until{record.expires_at, env_.steady() + (record.expires_at - record.created_at)};
  store put;
  put.batch.put(storage::column::sessions, storage::session_key(record), storage::encode(record));
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .then(
          [this, answer, record, until, request_id = x.request_id](stored) mutable {
            ++created;
            log::info("session_created").with("session_id", record.id.hex()).with("request_id", request_id);
            run(record, until);
            answer.deliver(record);
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

session_actor supervisor_state::run(session_record record, const life& until) {
  auto id = record.id;
  auto session =
      spawn_on<session_state>(*env_.system, self_->context(), env_, std::move(record), until.deadline, policy_);
  self_->monitor(session);
  by_address_[session.address()] = id;
  running_[id] = {session, until};
  return session;
}

caf::result<session_actor> supervisor_state::on_find(const find_session& x) {
  if (auto it = running_.find(x.id); it != running_.end())
    return it->second.session;
  auto it = sleeping_.find(x.id);
  bool waking = waking_.contains(x.id);
  // A promise takes the request over, so it is made only when nothing is returned any more.
  auto answer = self_->make_response_promise<session_actor>();
  if (!waking && (it == sleeping_.end() || it->second.deadline <= env_.steady())) {
    explain_absence(x.id, answer);
    return answer;
  }
  waking_[x.id].push_back(answer);
  if (!waking)
    wake(x.id, it->second);
  return answer;
}

// An id begins with the second of its session's creation, and keys with the end of its life: so one second of the
// journal is enough to look through.
void supervisor_state::explain_absence(const object_id& id, promise answer) {
  constexpr auto slack = 2s; // between the id and the record's creation
  auto config = env_.now();
  auto end = id.created_at() + config->settings.session.ttl;
  if (auto now = env_.wall(); end > now || end + config->settings.session.retention <= now) {
    answer.deliver(caf::make_error(errc::not_found));
    return;
  }
  self_->request(env_.persistence, caf::infinite, find_record{id, end, end + 1s + slack})
      .then([answer](
                bool found) mutable { answer.deliver(caf::make_error(found ? errc::session_over : errc::not_found)); },
            [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
}

void supervisor_state::wake(const object_id& id, const life& until) {
  auto key = storage::session_key(id, until.expires_at);
  self_->request(env_.persistence, caf::infinite, fetch{storage::column::sessions, std::move(key)})
      .then(
          [this, id, until](const std::string& bytes) {
            auto record = storage::decode_session(bytes);
            if (!record) {
              log::error("record_unreadable").with("session_id", id.hex()).with("why", record.error().message());
              return fail(id, errc::not_found);
            }
            woke(id, run(std::move(*record), until));
          },
          [this, id](const caf::error& e) {
            fail(id, e == errc::not_found ? errc::not_found : errc::journal_unavailable);
          });
}

void supervisor_state::woke(const object_id& id, const session_actor& session) {
  presence::sessions += -static_cast<std::int64_t>(sleeping_.erase(id)); // counted by the session from here on
  for (auto& p : std::exchange(waking_[id], {}))
    p.deliver(session);
  waking_.erase(id);
}

void supervisor_state::fail(const object_id& id, errc why) {
  for (auto& p : std::exchange(waking_[id], {}))
    p.deliver(caf::make_error(why));
  waking_.erase(id);
}

// A session that ends in its own time has said so before (session_over). Any other death is an accident: its record is
// all that counts, and its sockets ask for it again.
void supervisor_state::on_down(const caf::down_msg& x) {
  auto known = by_address_.find(x.source);
  if (known == by_address_.end())
    return;
  auto id = known->second;
  by_address_.erase(known);
  auto it = running_.find(id);
  if (it == running_.end() || it->second.session.address() != x.source)
    return;
  auto until = it->second.life;
  running_.erase(it);
  if (++restarts_[id] > max_restarts) {
    log::error("session_given_up").with("session_id", id.hex()); // its record itself must be what kills it
    restarts_.erase(id);
    return;
  }
  ++counters_of(session_state::name).restarted;
  log::warning("session_restarted").with("session_id", id.hex());
  sleeping_.emplace(id, until); // until it is back: the journal may not answer now
  ++presence::sessions;
  waking_.try_emplace(id);
  wake(id, until);
}

// One that sleeps is woken: it is told once, and tells whoever comes back later.
void supervisor_state::on_pending(const delivery_pending& x) {
  self_->request(supervisor_actor{self_}, 10s, find_session{x.id})
      .then([this, x](const session_actor& session) { self_->send(session, x); }, [](const caf::error&) {});
}

caf::result<bool> supervisor_state::on_outcome(const delivery_outcome& x) {
  auto answer = self_->make_response_promise<bool>();
  self_->request(supervisor_actor{self_}, 10s, find_session{x.id})
      .then(
          [this, answer, x](const session_actor& session) mutable {
            self_->request(session, caf::infinite, x)
                .then([answer](bool taken) mutable { answer.deliver(taken); },
                      [this, answer, x](caf::error& e) mutable {
                        // It reached its deadline in between, or died and is restarted: asked again, we know which.
                        if (e == caf::sec::request_receiver_down)
                          answer.delegate(supervisor_actor{self_}, x);
                        else
                          answer.deliver(std::move(e));
                      });
          },
          [answer](caf::error& e) mutable {
            e == errc::not_found || e == errc::session_over ? answer.deliver(false) : answer.deliver(std::move(e));
          });
  return answer;
}

void supervisor_state::on_sweep() {
  self_->delayed_send(self_, sweep_interval, sweep{});
  auto gone = std::erase_if(sleeping_, [now = env_.steady()](auto& s) { return s.second.deadline <= now; });
  presence::sessions += -static_cast<std::int64_t>(gone);
}

} // namespace mdai
