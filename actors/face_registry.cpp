#include "actors/face_registry.hpp"

#include <algorithm>
#include <chrono>

#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/face_records.hpp"

/// Sessions, their streams, and what keeps them going.
namespace mdai {
namespace {

using namespace std::chrono_literals;
using face::session_kind;
using status = face::session_status;

constexpr auto sweep_interval = 10s;
constexpr unsigned max_restarts = 5; // of one stream

metric created{metric::kind::counter, "mdai_face_sessions_created_total", "Face sessions created"};
metric live{metric::kind::gauge, "mdai_face_sessions_live", "Face sessions that are not over"};

} // namespace

face_registry_state::face_registry_state(interface::pointer self, environment& env, password_keeper_actor keeper,
                                         recovered_face found)
    : self_(self)
    , env_(env)
    , keeper_(std::move(keeper)) {
  for (auto& r : found.tenants)
    tenants_.put(std::move(r));
  add_configured_clients();
  for (auto& r : found.users)
    put_user(std::move(r));
  for (auto& r : found.sessions)
    recover_session(std::move(r));
}

// Its streams end with it: what a worker answers to one later goes nowhere, and keeps nobody alive.
face_registry_state::~face_registry_state() {
  live += -static_cast<std::int64_t>(by_stream_.size());
  sessions_.for_each([](face_sessions::entry& e) {
    if (e.stream)
      caf::anon_send_exit(e.stream, caf::exit_reason::kill);
  });
}

face_registry_actor::behavior_type face_registry_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& x) { on_down(x); });
  self_->delayed_send(self_, sweep_interval, sweep_face_sessions{});
  sessions_.for_each([this](face_sessions::entry& e) { is_over(e.record.status) ? enrolled(e.record) : run(e); });
  return {[this](const authenticate_client& x) { return on_authenticate(x); },
          [this](const admit_client& x) { return on_admit(x); },
          [this](const create_client& x) { return on_create_client(x); },
          [this](const find_client& x) -> caf::result<face::tenant_record> {
            if (auto found = tenants_.find(x.client_id))
              return *found;
            return caf::make_error(errc::not_found);
          },
          [this](const set_client_status& x) { return on_set_status(x); },
          [this](const list_clients& x) { return tenants_.page(x); },
          [this](const create_face_user& x) { return on_create_user(x); },
          [this](const find_face_user& x) { return on_find_user(x); },
          [this](const erase_face_user& x) { return on_erase_user(x); },
          [this](const create_face_session& x) { return on_create_session(x); },
          [this](const find_face_session& x) { return on_find_session(x); },
          [this](const cancel_face_session& x) { return on_cancel(x); },
          [this](const find_face_stream& x) { return on_find_stream(x); },
          [this](const face_session_news& x) { on_news(x); },
          [this](const forget_face_stream& x) { on_forget(x); },
          [this](const sweep_face_sessions&) { on_sweep(); }};
}

// -- beginning --------------------------------------------------------------------------------------------------------

caf::result<face::session_record> face_registry_state::on_create_session(const create_face_session& x) {
  if (by_stream_.size() >= max_sessions)
    return caf::make_error(errc::overloaded);
  auto answer = self_->make_response_promise<face::session_record>();
  if (x.user_id.empty())
    create(x, nullptr, false, answer);
  else
    turns_.take(key_of(x.client_id, x.user_id), [this, x, answer] { create_for_user(x, answer); });
  return answer;
}

void face_registry_state::create_for_user(const create_face_session& x, session_promise answer) {
  auto key = key_of(x.client_id, x.user_id);
  auto known = find_user(key);
  if (known && known->face_auth_enabled)
    return create(x, known, false, answer);
  if (known || x.kind != session_kind::enrollment || !env_.now()->settings.face.auto_create_users) {
    answer.deliver(caf::make_error(errc::not_found));
    return turns_.done(key);
  }
  auto made = new_user({x.client_id, x.user_id});
  create(x, &made, true, answer);
}

face::session_record face_registry_state::new_session(const create_face_session& x,
                                                      const face::user_record* user) const {
  auto config = env_.now();
  auto& s = config->settings.face;
  face::session_record r;
  r.session_id = uuid::make();
  r.token = face::make_session_token();
  r.client_id = x.client_id;
  r.user_id = x.user_id;
  if (user)
    r.person = user->id;
  r.kind = x.kind;
  r.type = x.type;
  bool enrols = x.kind == session_kind::enrollment;
  if (enrols)
    r.enrollment_id = uuid::make();
  r.status = enrols ? status::pending : status::active;
  // What a client asks for cannot go below the operator's minima.
  r.frames_wanted = std::max(x.frames_wanted, enrols ? s.min_samples : s.min_frames);
  r.required_blinks = std::max(x.required_blinks, s.min_blinks);
  r.require_liveness = x.require_liveness || !s.liveness_optional;
  r.metadata = x.metadata;
  r.key_source = x.key_source;
  r.created_at = env_.wall();
  r.expires_at = r.created_at + s.session_ttl;
  return r;
}

void face_registry_state::create(const create_face_session& x, const face::user_record* user, bool new_one,
                                 session_promise answer) {
  auto record = new_session(x, user);
  auto deadline = env_.steady() + (record.expires_at - record.created_at);
  store put;
  if (new_one)
    put.batch.put(storage::column::users, storage::user_key(user->id), storage::encode(*user));
  put.batch.put(storage::column::face_sessions, storage::face_session_key(record), storage::encode(record));
  auto fresh = new_one ? std::optional{*user} : std::nullopt;
  auto done = [this, key = key_of(x.client_id, x.user_id), named = !x.user_id.empty()] {
    if (named)
      turns_.done(key);
  };
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .then(
          [this, record, deadline, fresh, answer, done, request_id = x.request_id](stored) mutable {
            if (fresh)
              put_user(std::move(*fresh));
            ++created;
            log::info("face_session_created")
                .with("session_id", record.session_id.text())
                .with("kind", face::name(record.kind))
                .with("request_id", request_id);
            run(sessions_.add(record, deadline));
            answer.deliver(std::move(record));
            done();
          },
          [answer, done](caf::error& e) mutable {
            answer.deliver(std::move(e));
            done();
          });
}

// -- streams ----------------------------------------------------------------------------------------------------------

void face_registry_state::run(face_sessions::entry& e) {
  auto tenant = tenants_.find(e.record.client_id);
  if (!tenant)
    return;
  auto home = env_.homes[env_.place_of_face(e.record.token)];
  e.stream = env_.spawn_face_stream(home, {e.record, e.deadline, tenant->payload_key(e.record.key_source)});
  self_->monitor(e.stream);
  by_stream_[e.stream.address()] = e.record.session_id;
  ++live;
}

// The socket went with the process; liveness too.
void face_registry_state::recover_session(face::session_record r) {
  auto now = env_.wall();
  if (!is_over(r.status) && r.expires_at <= now) {
    r.status = status::expired;
    r.completed_at = r.expires_at;
  }
  if (r.status == status::processing)
    r.status = status::disconnected;
  auto deadline = env_.steady() + (r.expires_at - now);
  sessions_.add(std::move(r), deadline);
}

void face_registry_state::on_news(const face_session_news& x) {
  auto e = sessions_.find(x.record.session_id);
  if (!e)
    return;
  e->record = x.record;
  enrolled(x.record);
}

void face_registry_state::on_forget(const forget_face_stream& x) {
  auto e = sessions_.find(x.record.session_id);
  if (!e || !e->stream)
    return;
  e->record = x.record;
  let_go(*e);
}

void face_registry_state::let_go(face_sessions::entry& e) {
  self_->demonitor(e.stream.address());
  live += -static_cast<std::int64_t>(by_stream_.erase(e.stream.address()));
  e.stream = nullptr;
}

// A stream that ends in its own time has said so before (forget_face_stream). Any other death is an accident: its
// record is all that counts, and its socket comes back.
void face_registry_state::on_down(const caf::down_msg& x) {
  auto known = by_stream_.find(x.source);
  if (known == by_stream_.end())
    return;
  auto id = known->second;
  by_stream_.erase(known);
  --live;
  auto e = sessions_.find(id);
  if (!e)
    return;
  e->stream = nullptr;
  if (is_over(e->record.status))
    return;
  if (e->record.status == status::processing)
    e->record.status = status::disconnected;
  if (erasing_.contains(e->record.person)) // it goes with them, or comes back when they stay
    return;
  if (++e->restarts > max_restarts)
    return give_up(*e);
  log::warning("face_stream_restarted").with("session_id", id.text());
  run(*e);
}

// Its record itself must be what kills its stream.
void face_registry_state::give_up(face_sessions::entry& e) {
  log::error("face_session_given_up").with("session_id", e.record.session_id.text());
  e.record.status = status::failed;
  e.record.completed_at = env_.wall();
  e.record.reason = "Internal error";
  store put;
  put.batch.put(storage::column::face_sessions, storage::face_session_key(e.record), storage::encode(e.record));
  self_->request(env_.persistence, caf::infinite, std::move(put)).then([](stored) {}, [](const caf::error&) {});
}

// The same on the disk is persistence's (purge_expired), but for those that go before their time.
void face_registry_state::on_sweep() {
  self_->delayed_send(self_, sweep_interval, sweep_face_sessions{});
  store early;
  for (auto& r : sessions_.purge(env_.wall() - env_.now()->settings.face.session_retention, max_kept))
    early.batch.erase(storage::column::face_sessions, storage::face_session_key(r));
  if (!early.batch.empty()) // what we do not know we could not erase with its person
    self_->request(env_.persistence, caf::infinite, std::move(early)).then([](stored) {}, [](const caf::error&) {});
}

// -- who asks ---------------------------------------------------------------------------------------------------------

face_sessions::entry* face_registry_state::own_session(const std::string& client_id, const std::string& id) {
  auto e = sessions_.find_any(id);
  return e && e->record.client_id == client_id ? e : nullptr;
}

// The stream knows best while there is one.
caf::result<face::session_record> face_registry_state::on_find_session(const find_face_session& x) {
  auto e = own_session(x.client_id, x.id);
  if (!e)
    return caf::make_error(errc::not_found);
  if (!e->stream || is_over(e->record.status))
    return e->record;
  auto answer = self_->make_response_promise<face::session_record>();
  self_->request(e->stream, caf::infinite, look{})
      .then([answer](const face::session_record& r) mutable { answer.deliver(r); },
            [answer, last = e->record](const caf::error&) mutable { answer.deliver(std::move(last)); });
  return answer;
}

caf::result<face::session_record> face_registry_state::on_cancel(const cancel_face_session& x) {
  auto e = own_session(x.client_id, x.id);
  if (!e)
    return caf::make_error(errc::not_found);
  if (e->record.status == status::cancelled)
    return e->record;
  if (is_over(e->record.status) || !e->stream)
    return caf::make_error(errc::session_over);
  auto answer = self_->make_response_promise<face::session_record>();
  self_->request(e->stream, caf::infinite, x)
      .then([answer](const face::session_record& r) mutable { answer.deliver(r); },
            [this, answer, x](caf::error& why) mutable {
              // It ended in between, or died and is restarted: asked again, we know which.
              if (why == caf::sec::request_receiver_down)
                answer.delegate(face_registry_actor{self_}, x);
              else
                answer.deliver(std::move(why));
            });
  return answer;
}

caf::result<found_face_stream> face_registry_state::on_find_stream(const find_face_stream& x) {
  auto e = sessions_.find_token(x.token);
  auto tenant = e ? tenants_.find(e->record.client_id) : nullptr;
  if (!tenant)
    return caf::make_error(errc::not_found);
  if (tenant->status == face::tenant_status::suspended)
    return caf::make_error(errc::tenant_suspended);
  return found_face_stream{e->record, is_over(e->record.status) ? face_stream_actor{} : e->stream};
}

} // namespace mdai
