#include <algorithm>

#include "actors/face_registry.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "protocol/password.hpp"
#include "storage/face_records.hpp"

/// Tenants: who they are, whether they have proved it, how often they may ask.
namespace mdai {
namespace {

metric known{metric::kind::gauge, "mdai_face_clients", "Tenants of the face product"};
metric sign_ins{metric::kind::counter, "mdai_face_sign_ins_total", "Tenants that proved their secret"};
metric refusals{metric::kind::counter, "mdai_face_sign_ins_refused_total", "Sign-ins with wrong credentials"};
metric limited{metric::kind::counter, "mdai_face_calls_limited_total", "Calls over a tenant's rate limits"};

crypto::key256 payload_key(std::string_view secret) {
  auto digest = crypto::sha256(secret);
  crypto::key256 key;
  std::copy(digest.begin(), digest.end(), key.begin());
  return key;
}

std::string made_up(std::string_view prefix, std::size_t bytes) {
  return std::string{prefix} + crypto::base64url(crypto::random_bytes(bytes));
}

/// "client_id:api_key:api_secret", as the settings have checked.
std::pair<face::tenant_record, std::string> parse_client(const std::string& text) {
  auto first = text.find(':'), second = text.find(':', first + 1);
  face::tenant_record r;
  r.client_id = r.client_name = text.substr(0, first);
  r.api_key = text.substr(first + 1, second - first - 1);
  return {r, text.substr(second + 1)};
}

void give_keys(face::tenant_record& r, std::string_view secret) {
  r.secret_payload_key = payload_key(secret);
  r.api_payload_key = payload_key(r.api_key);
}

} // namespace

// Their secrets stand in the settings, so that nothing of them is stored.
void face_registry_state::add_configured_clients() {
  auto config = env_.now();
  for (auto& text : config->settings.face.clients) {
    auto [record, secret] = parse_client(text);
    give_keys(record, secret);
    record.created_at = env_.wall();
    auto id = record.client_id;
    tenants_.put(std::move(record));
    tenants_.remember(id, secret);
  }
  known.set(static_cast<std::int64_t>(tenants_.size()));
}

// -- signing in -------------------------------------------------------------------------------------------------------

caf::result<face::tenant_record> face_registry_state::on_authenticate(const authenticate_client& x) {
  auto tenant = tenants_.find(x.who);
  if (!tenant || tenant->status == face::tenant_status::suspended) {
    ++refusals;
    return caf::make_error(errc::access_denied);
  }
  const auto& id = tenant->client_id;
  if (auto known_one = tenants_.recall(id, x.secret); known_one != face_tenants::proof::unknown)
    return judged(id, known_one == face_tenants::proof::right);
  // Nobody who guesses at one tenant's secret keeps the others out.
  auto waiting = signing_in_.find(id);
  if (waiting == signing_in_.end() ? signing_in_.size() >= max_sign_ins : waiting->second >= max_sign_ins_each)
    return caf::make_error(errc::overloaded);
  ++signing_in_[id];
  auto answer = self_->make_response_promise<face::tenant_record>();
  // One right derivation answers all who wait behind it.
  client_turns_.take(id, [this, x, id, answer] { prove(x, id, answer); });
  return answer;
}

caf::expected<face::tenant_record> face_registry_state::judged(const std::string& client_id, bool right) const {
  ++(right ? sign_ins : refusals);
  if (right)
    return *tenants_.find(client_id);
  return caf::make_error(errc::access_denied);
}

void face_registry_state::prove(const authenticate_client& x, const std::string& client_id,
                                promise<face::tenant_record> answer) {
  auto finish = [this, client_id, answer](caf::expected<face::tenant_record> outcome) mutable {
    if (--signing_in_[client_id] == 0)
      signing_in_.erase(client_id);
    outcome ? answer.deliver(std::move(*outcome)) : answer.deliver(std::move(outcome.error()));
    client_turns_.done(client_id);
  };
  auto remembered = tenants_.recall(client_id, x.secret);
  if (remembered != face_tenants::proof::unknown)
    return finish(judged(client_id, remembered == face_tenants::proof::right));
  auto tenant = tenants_.find(client_id);
  self_->request(keeper_, caf::infinite, derive_password{x.secret, tenant->secret_salt})
      .then(
          [this, client_id, secret = x.secret, finish](const std::string& digest) mutable {
            bool right = crypto::equal_constant_time(digest, tenants_.find(client_id)->secret_digest);
            if (right)
              tenants_.remember(client_id, secret);
            finish(judged(client_id, right));
          },
          [finish](caf::error& e) mutable { finish(std::move(e)); });
}

caf::result<client_admission> face_registry_state::on_admit(const admit_client& x) {
  auto tenant = tenants_.find(x.who);
  if (!tenant)
    return caf::make_error(errc::not_found);
  if (tenant->status == face::tenant_status::suspended)
    return caf::make_error(errc::tenant_suspended);
  auto wait = std::chrono::ceil<seconds>(tenants_.count_call(tenant->client_id, env_.steady()));
  if (wait.count() > 0)
    ++limited;
  return client_admission{*tenant, wait};
}

// -- for operators ----------------------------------------------------------------------------------------------------

caf::result<created_client> face_registry_state::on_create_client(const create_client& x) {
  created_client made;
  auto& r = made.client;
  r.client_id = x.client_id.empty() ? made_up("client_", 9) : x.client_id;
  r.client_name = x.client_name.empty() ? r.client_id : x.client_name;
  r.api_key = face::make_api_key();
  r.tier = x.tier.empty() ? r.tier : x.tier;
  r.features = x.features.empty() ? r.features : x.features;
  r.per_hour = x.per_hour;
  r.per_day = x.per_day;
  r.secret_salt = crypto::random_bytes(password::salt_bytes);
  r.created_at = env_.wall();
  made.secret = made_up("frsec_", 32);
  give_keys(r, made.secret);
  auto answer = self_->make_response_promise<created_client>();
  client_turns_.take(r.client_id, [this, made, answer] { store_client(made, answer); });
  return answer;
}

void face_registry_state::store_client(created_client made, promise<created_client> answer) {
  auto id = made.client.client_id;
  auto fail = [this, id, answer](caf::error e) mutable {
    answer.deliver(std::move(e));
    client_turns_.done(id);
  };
  if (tenants_.find(id))
    return fail(caf::make_error(errc::already_exists));
  auto on_disk = [this, id, answer](const created_client& whole) mutable {
    tenants_.put(whole.client);
    tenants_.remember(id, whole.secret);
    known.set(static_cast<std::int64_t>(tenants_.size()));
    log::info("face_client_created").with("client_id", id);
    answer.deliver(whole);
    client_turns_.done(id);
  };
  self_->request(keeper_, caf::infinite, derive_password{made.secret, made.client.secret_salt})
      .then(
          [this, made, on_disk, fail](const std::string& digest) mutable {
            made.client.secret_digest = digest;
            store put;
            put.batch.put(storage::column::tenants, storage::tenant_key(made.client.client_id),
                          storage::encode(made.client));
            self_->request(env_.persistence, caf::infinite, std::move(put))
                .then([made, on_disk](stored) mutable { on_disk(made); },
                      [fail](caf::error& e) mutable { fail(std::move(e)); });
          },
          [fail](caf::error& e) mutable { fail(std::move(e)); });
}

caf::result<face::tenant_record> face_registry_state::on_set_status(const set_client_status& x) {
  auto known_one = tenants_.find(x.client_id);
  if (!known_one)
    return caf::make_error(errc::not_found);
  auto changed = *known_one;
  changed.status = x.status;
  auto answer = self_->make_response_promise<face::tenant_record>();
  store put;
  if (!changed.secret_digest.empty()) // those of the settings are not stored: they are active again after a restart
    put.batch.put(storage::column::tenants, storage::tenant_key(changed.client_id), storage::encode(changed));
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .then(
          [this, changed, answer](stored) mutable {
            tenants_.put(changed);
            log::info("face_client_changed")
                .with("client_id", changed.client_id)
                .with("status", face::name(changed.status));
            if (changed.status == face::tenant_status::suspended)
              sessions_.for_each([&](face_sessions::entry& e) {
                if (e.stream && e.record.client_id == changed.client_id)
                  self_->send(e.stream, client_suspended{});
              });
            answer.deliver(std::move(changed));
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

} // namespace mdai
