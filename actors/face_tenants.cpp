#include "actors/face_tenants.hpp"

#include <algorithm>

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// A bucket that a whole period's calls fit in; none when there is no limit.
template <class Bucket>
void set_limit(std::optional<Bucket>& limit, std::uint32_t before, std::uint32_t calls) {
  if (calls == 0)
    limit.reset();
  else if (!limit || before != calls)
    limit.emplace(calls, calls);
}

} // namespace

void face_tenants::put(face::tenant_record record) {
  auto& e = by_id_[record.client_id];
  set_limit(e.hour, e.record.per_hour, record.per_hour);
  set_limit(e.day, e.record.per_day, record.per_day);
  by_api_key_.insert_or_assign(record.api_key, record.client_id);
  e.record = std::move(record);
}

const face::tenant_record* face_tenants::find(const client_credential& who) const {
  if (who.by == client_credential::kind::client_id)
    return find(who.text);
  auto found = by_api_key_.find(who.text);
  return found == by_api_key_.end() ? nullptr : find(found->second);
}

const face::tenant_record* face_tenants::find(const std::string& client_id) const {
  auto found = by_id_.find(client_id);
  return found == by_id_.end() ? nullptr : &found->second.record;
}

client_page face_tenants::page(const list_clients& x) const {
  client_page page;
  for (auto it = by_id_.upper_bound(x.after); it != by_id_.end() && page.clients.size() < x.limit; ++it)
    page.clients.push_back(it->second.record);
  return page;
}

std::chrono::nanoseconds face_tenants::count_call(const std::string& client_id, time_point now) {
  auto& e = by_id_.at(client_id);
  auto wait = std::max(e.hour ? e.hour->wait(now) : 0ns, e.day ? e.day->wait(now) : 0ns);
  if (wait > 0ns)
    return wait;
  if (e.hour)
    e.hour->take(now);
  if (e.day)
    e.day->take(now);
  return wait;
}

face_tenants::proof face_tenants::recall(const std::string& client_id, std::string_view secret) const {
  auto& known = by_id_.at(client_id).known_secret;
  if (known.empty())
    return proof::unknown;
  return crypto::equal_constant_time(known, crypto::hmac_sha256(process_key_, secret)) ? proof::right : proof::wrong;
}

void face_tenants::remember(const std::string& client_id, std::string_view secret) {
  if (auto found = by_id_.find(client_id); found != by_id_.end())
    found->second.known_secret = crypto::hmac_sha256(process_key_, secret);
}

} // namespace mdai
