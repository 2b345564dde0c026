#include <algorithm>

#include "actors/face_registry.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/face_records.hpp"
#include "storage/records.hpp"

/// A tenant's people, and how they are forgotten.
namespace mdai {
namespace {

metric known{metric::kind::gauge, "mdai_face_users", "Users of all tenants"};
metric erased{metric::kind::counter, "mdai_face_users_erased_total", "Users erased with everything of them"};

} // namespace

std::string face_registry_state::key_of(const std::string& client_id, const std::string& external_user_id) {
  return (client_id + '\0').append(external_user_id);
}

const face::user_record* face_registry_state::find_user(const user_key& key) const {
  auto found = users_.find(key);
  return found == users_.end() ? nullptr : &found->second;
}

void face_registry_state::put_user(face::user_record r) {
  auto key = key_of(r.client_id, r.external_user_id);
  people_[r.id] = key;
  users_.insert_or_assign(key, std::move(r));
  known.set(static_cast<std::int64_t>(users_.size()));
}

face::user_record face_registry_state::new_user(const create_face_user& x) const {
  face::user_record r;
  r.id = uuid::make();
  r.client_id = x.client_id;
  r.external_user_id = x.external_user_id;
  r.face_auth_enabled = x.face_auth_enabled;
  r.profile = x.profile;
  r.created_at = env_.wall();
  return r;
}

caf::result<face::user_record> face_registry_state::on_find_user(const find_face_user& x) const {
  if (auto found = find_user(key_of(x.client_id, x.external_user_id)))
    return *found;
  return caf::make_error(errc::not_found);
}

caf::result<face::user_record> face_registry_state::on_create_user(const create_face_user& x) {
  auto answer = self_->make_response_promise<face::user_record>();
  auto key = key_of(x.client_id, x.external_user_id);
  turns_.take(key, [this, x, key, answer]() mutable {
    if (find_user(key)) {
      answer.deliver(caf::make_error(errc::already_exists));
      return turns_.done(key);
    }
    auto made = new_user(x);
    store put;
    put.batch.put(storage::column::users, storage::user_key(made.id), storage::encode(made));
    self_->request(env_.persistence, caf::infinite, std::move(put))
        .then(
            [this, key, made, answer](stored) mutable {
              put_user(made);
              answer.deliver(std::move(made));
              turns_.done(key);
            },
            [this, key, answer](caf::error& e) mutable {
              answer.deliver(std::move(e));
              turns_.done(key);
            });
  });
  return answer;
}

// Of an enrolment that is completed. Its record says so on the disk already: should this be lost, recovery makes it
// good.
void face_registry_state::enrolled(const face::session_record& r) {
  auto person = people_.find(r.person);
  bool completed = r.kind == face::session_kind::enrollment && r.status == face::session_status::completed;
  if (!completed || person == people_.end())
    return;
  auto& user = users_.at(person->second);
  if (user.enrollment_completed_at >= r.completed_at)
    return;
  user.enrollment_completed_at = r.completed_at;
  store put;
  put.batch.put(storage::column::users, storage::user_key(user.id), storage::encode(user));
  self_->request(env_.persistence, caf::infinite, std::move(put)).then([](stored) {}, [](const caf::error&) {});
}

// -- erasing ----------------------------------------------------------------------------------------------------------

/// A person on the way out: first the sessions end, then the embeddings go, then the records.
struct face_registry_state::erasure {
  user_key key;
  uuid person;
  std::size_t ending = 0; ///< sessions that have not answered yet
  promise<stored> answer;
};

caf::result<stored> face_registry_state::on_erase_user(const erase_face_user& x) {
  auto answer = self_->make_response_promise<stored>();
  auto key = key_of(x.client_id, x.external_user_id);
  turns_.take(key, [this, key, answer] { erase(key, answer); });
  return answer;
}

void face_registry_state::erase(const user_key& key, promise<stored> answer) {
  auto user = find_user(key);
  if (!user) {
    answer.deliver(caf::make_error(errc::not_found));
    return turns_.done(key);
  }
  auto what = std::make_shared<erasure>(erasure{key, user->id, 0, answer});
  erasing_.insert(user->id);
  std::vector<face_stream_actor> running;
  for (auto& id : sessions_.of_person(user->id))
    if (auto e = sessions_.find(id); e && e->stream)
      running.push_back(e->stream);
  if (running.empty())
    return erase_templates(what);
  what->ending = running.size();
  // Over is over, whatever the answer: one that has just stored an enrolment has done so before the gallery hears of
  // us. One that could not end is ended, and no message of a dead stream comes behind the answer to the last question.
  auto come = [this, what] {
    if (--what->ending == 0)
      erase_templates(what);
  };
  for (auto& stream : running)
    self_->request(stream, caf::infinite, cancel_face_session{})
        .then([come](const face::session_record&) { come(); },
              [this, come, stream](const caf::error& why) {
                if (why == errc::session_over)
                  return come();
                caf::anon_send_exit(stream, caf::exit_reason::kill);
                self_->request(stream, caf::infinite, look{})
                    .then([come](const face::session_record&) { come(); }, [come](const caf::error&) { come(); });
              });
}

void face_registry_state::erase_templates(std::shared_ptr<erasure> what) {
  if (!env_.face_gallery)
    return erase_records(what);
  auto client_id = users_.at(what->key).client_id;
  self_->request(env_.face_gallery, caf::infinite, erase_faces{client_id, what->person})
      .then([this, what](stored) { erase_records(what); }, [this, what](const caf::error& e) { finish(what, e); });
}

void face_registry_state::erase_records(std::shared_ptr<erasure> what) {
  using storage::column;
  erase_for_good order;
  auto key = storage::user_key(what->person);
  order.batch.erase(column::users, key);
  order.batch.erase(column::templates, storage::template_key(what->person));
  for (auto& id : sessions_.of_person(what->person))
    order.batch.erase(column::face_sessions, storage::face_session_key(sessions_.find(id)->record));
  // Those that are over for so long that we have forgotten them are still there until the next purge, or stand in a
  // file after it: all of that column is rewritten, which is small.
  auto forgotten = env_.wall() - env_.now()->settings.face.session_retention;
  order.batch.erase_range(column::face_sessions, storage::time_key(wall_time{}), storage::time_key(forgotten));
  order.ranges = {
      {column::users, key, key + '\0'}, {column::templates, key, key + '\0'}, {column::face_sessions, {}, {}}};
  self_->request(env_.eraser, caf::infinite, std::move(order))
      .then([this, what](stored) { finish(what, {}); }, [this, what](const caf::error& e) { finish(what, e); });
}

void face_registry_state::finish(const std::shared_ptr<erasure>& what, const caf::error& why) {
  erasing_.erase(what->person);
  if (why) {
    for (auto& id : sessions_.of_person(what->person))
      if (auto e = sessions_.find(id); !e->stream && !is_over(e->record.status))
        run(*e);
    what->answer.deliver(why);
    return turns_.done(what->key);
  }
  for (auto& id : sessions_.of_person(what->person)) {
    if (auto e = sessions_.find(id); e->stream)
      let_go(*e);
    sessions_.erase(id);
  }
  people_.erase(what->person);
  users_.erase(what->key);
  known.set(static_cast<std::int64_t>(users_.size()));
  ++erased;
  log::info("face_user_erased");
  what->answer.deliver(stored{});
  turns_.done(what->key);
}

} // namespace mdai
