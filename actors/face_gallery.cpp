#include "actors/face_gallery.hpp"

#include <algorithm>

#include "actors/face_metrics.hpp"
#include "actors/log.hpp"
#include "storage/face_records.hpp"

namespace mdai {
namespace {

/// A setting of 0 leaves it to the engine.
float chosen(double setting, float engines_own) { return setting > 0 ? static_cast<float>(setting) : engines_own; }

} // namespace

face_gallery_state::face_gallery_state(interface::pointer self, environment& env, face::engine_info engine,
                                       std::vector<face::template_record> recovered)
    : self_(self)
    , env_(env)
    , engine_(std::move(engine)) {
  for (auto& t : recovered)
    if (is_current(t))
      insert(t);
}

face_gallery_state::~face_gallery_state() { face_metrics::people.set(0); }

face_gallery_actor::behavior_type face_gallery_state::make_behavior() {
  return {[this](const enrol_face& x) { return on_enrol(x); }, [this](const verify_face& x) { return on_verify(x); },
          [this](const identify_face& x) { return on_identify(x); },
          [this](const erase_faces& x) { return on_erase(x); }};
}

// -- the index --------------------------------------------------------------------------------------------------------

bool face_gallery_state::is_current(const face::template_record& t) const {
  return t.engine_id == engine_.id && t.engine_version == engine_.version && t.dimension == engine_.dimension;
}

face_gallery_state::people& face_gallery_state::people_of(const std::string& client_id) {
  auto it = tenants_.find(client_id);
  if (it == tenants_.end())
    it = tenants_.emplace(client_id, people{vision::template_index{{.dimension = engine_.dimension}}, {}}).first;
  return it->second;
}

void face_gallery_state::insert(const face::template_record& t) {
  auto& tenant = people_of(t.client_id);
  auto person = t.person.text();
  tenant.index.replace(person, t.embeddings);
  if (tenant.user_ids.insert_or_assign(person, t.user_id).second)
    ++face_metrics::people;
}

void face_gallery_state::remove(const std::string& client_id, const uuid& person) {
  auto tenant = tenants_.find(client_id);
  if (tenant == tenants_.end() || tenant->second.user_ids.erase(person.text()) == 0)
    return;
  tenant->second.index.erase(person.text());
  --face_metrics::people;
  if (tenant->second.user_ids.empty())
    tenants_.erase(tenant);
}

// -- enrolment and erasure --------------------------------------------------------------------------------------------

bool face_gallery_state::like_somebody_else(const enrol_face& x) const {
  auto tenant = tenants_.find(x.templates.client_id);
  if (tenant == tenants_.end())
    return false;
  auto limit = chosen(env_.now()->settings.face.duplicate_threshold, x.thresholds.duplicate);
  auto found = tenant->second.index.search(vision::mean_of(x.templates.embeddings), x.templates.person.text());
  return found && found->best >= limit;
}

caf::result<face_enrolled> face_gallery_state::on_enrol(const enrol_face& x) {
  using policy = settings::duplicate_check;
  if (!is_current(x.templates) || was_erased(x.templates.person))
    return caf::make_error(errc::not_found);
  auto check = env_.now()->settings.face.duplicate_check;
  if (check != policy::off && like_somebody_else(x)) {
    ++face_metrics::likenesses;
    log::warning("face_duplicate").with("refused", check == policy::reject ? "yes" : "no");
    if (check == policy::reject)
      return face_enrolled{face_enrolled::outcome::duplicate};
  }
  store put;
  put.batch = x.also;
  put.batch.put(storage::column::templates, storage::template_key(x.templates.person), storage::encode(x.templates));
  auto answer = self_->make_response_promise<face_enrolled>();
  // Nothing else is dealt with until the disk has it: this is what makes check and insert one step.
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .await(
          [this, answer, templates = x.templates](stored) mutable {
            insert(templates);
            answer.deliver(face_enrolled{face_enrolled::outcome::stored});
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

caf::result<stored> face_gallery_state::on_erase(const erase_faces& x) {
  erased_.push_back({x.person, env_.steady() + env_.now()->settings.face.session_ttl});
  store put;
  put.batch.erase(storage::column::templates, storage::template_key(x.person));
  auto answer = self_->make_response_promise<stored>();
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .await(
          [this, answer, x](stored) mutable {
            remove(x.client_id, x.person);
            answer.deliver(stored{});
          },
          [this, answer, x](caf::error& e) mutable { // they stay
            std::erase_if(erased_, [&](auto& one) { return one.person == x.person; });
            answer.deliver(std::move(e));
          });
  return answer;
}

bool face_gallery_state::was_erased(const uuid& person) {
  auto now = env_.steady();
  while (!erased_.empty() && erased_.front().until < now)
    erased_.pop_front();
  return std::any_of(erased_.begin(), erased_.end(), [&](auto& e) { return e.person == person; });
}

// -- questions --------------------------------------------------------------------------------------------------------

caf::result<face_match> face_gallery_state::on_verify(const verify_face& x) {
  auto answer = self_->make_response_promise<face_match>();
  auto limit = chosen(env_.now()->settings.face.verify_threshold, x.engine.thresholds.verify);
  self_->request(env_.persistence, caf::infinite, fetch{storage::column::templates, storage::template_key(x.person)})
      .then(
          [this, answer, limit, probe = x.probe](const std::string& bytes) mutable {
            auto record = storage::decode_template(bytes);
            if (!record)
              return static_cast<void>(answer.deliver(caf::make_error(errc::corrupt_record)));
            if (!is_current(*record))
              return static_cast<void>(answer.deliver(face_match{}));
            auto likeness = vision::likeness(probe, record->embeddings);
            answer.deliver(face_match{likeness >= limit, {}, likeness});
          },
          [answer](caf::error& e) mutable {
            e == errc::not_found ? answer.deliver(face_match{}) : answer.deliver(std::move(e));
          });
  return answer;
}

face_match face_gallery_state::on_identify(const identify_face& x) {
  auto tenant = tenants_.find(x.client_id);
  if (tenant == tenants_.end())
    return {};
  auto found = tenant->second.index.search(x.probe);
  if (!found)
    return {};
  auto config = env_.now();
  auto& s = config->settings.face;
  bool alike = found->best >= chosen(s.identify_threshold, x.engine.thresholds.identify);
  bool alone = found->margin >= chosen(s.identify_margin, x.engine.thresholds.identify_margin);
  return {alike && alone, tenant->second.user_ids[found->person], found->best};
}

} // namespace mdai
