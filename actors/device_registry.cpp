#include "actors/device_registry.hpp"

#include <algorithm>

#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

metric known{metric::kind::gauge, "mdai_devices_registered", "Devices that are registered and not revoked"};
metric registrations{metric::kind::counter, "mdai_device_registrations_total", "Registrations that were accepted"};
metric refusals{metric::kind::counter, "mdai_device_registrations_refused_total",
                "Registrations under a name that has another key"};
metric revocations{metric::kind::counter, "mdai_device_revocations_total", "Devices that the operator has revoked"};

} // namespace

device_registry_state::device_registry_state(interface::pointer self, environment& env,
                                             std::vector<device_record> recovered)
    : self_(self)
    , env_(env) {
  for (auto& r : recovered)
    devices_.emplace(r.device_id, std::move(r));
  known.set(std::count_if(devices_.begin(), devices_.end(), [](auto& d) { return !d.second.revoked_at; }));
}

device_registry_actor::behavior_type device_registry_state::make_behavior() {
  return {[this](const register_device& x) { return on_register(x); },
          [this](const find_device& x) { return on_find(x); }, [this](const revoke_device& x) { return on_revoke(x); },
          [this](const list_devices& x) { return on_list(x); }};
}

caf::result<registered> device_registry_state::on_register(const register_device& x) {
  auto answer = self_->make_response_promise<registered>();
  turns_.take(x.wanted.device_id, [this, wanted = x.wanted, answer] { do_register(wanted, answer); });
  return answer;
}

void device_registry_state::do_register(device_record wanted, caf::typed_response_promise<registered> answer) {
  auto mine = find(wanted.device_id);
  auto how = judge_registration(mine, wanted);
  if (refused(how) || how == registration::known) {
    refusals += refused(how) ? 1 : 0;
    answer.deliver(registered{how});
    return turns_.done(wanted.device_id);
  }
  store_record(continued(mine, std::move(wanted), how), [answer, how](const device_record* stored) mutable {
    if (!stored)
      return static_cast<void>(answer.deliver(caf::make_error(errc::journal_unavailable)));
    ++registrations;
    answer.deliver(registered{how});
  });
}

caf::result<device_record> device_registry_state::on_find(const find_device& x) const {
  if (auto found = find(x.device_id))
    return *found;
  return caf::make_error(errc::device_unknown);
}

caf::result<device_record> device_registry_state::on_revoke(const revoke_device& x) {
  auto answer = self_->make_response_promise<device_record>();
  turns_.take(x.device_id, [this, id = x.device_id, answer] { do_revoke(id, answer); });
  return answer;
}

void device_registry_state::do_revoke(const std::string& device_id, caf::typed_response_promise<device_record> answer) {
  auto mine = find(device_id);
  if (!mine || mine->revoked_at) { // once is enough
    mine ? answer.deliver(*mine) : answer.deliver(caf::make_error(errc::device_unknown));
    return turns_.done(device_id);
  }
  auto gone = *mine;
  gone.revoked_at = env_.wall();
  store_record(std::move(gone), [this, answer](const device_record* stored) mutable {
    if (!stored)
      return static_cast<void>(answer.deliver(caf::make_error(errc::journal_unavailable)));
    ++revocations;
    log::info("device_revoked").with("device_id", stored->device_id);
    if (env_.now()->settings.devices.only_registered())
      self_->send(env_.directory_of(stored->device_id), device_revoked{stored->device_id});
    answer.deliver(*stored);
  });
}

device_page device_registry_state::on_list(const list_devices& x) const {
  device_page page;
  for (auto it = devices_.upper_bound(x.after); it != devices_.end() && page.devices.size() < x.limit; ++it)
    page.devices.push_back(it->second);
  return page;
}

void device_registry_state::store_record(device_record record, std::function<void(const device_record*)> then) {
  store x;
  x.batch.put(storage::column::devices, record.device_id, storage::encode(record));
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then(
          [this, record, then](stored) {
            auto [it, added] = devices_.try_emplace(record.device_id);
            const bool counted = !added && !it->second.revoked_at;
            it->second = record;
            known += static_cast<int>(!record.revoked_at) - static_cast<int>(counted);
            then(&it->second);
            turns_.done(record.device_id);
          },
          [this, id = record.device_id, then](const caf::error&) {
            then(nullptr);
            turns_.done(id);
          });
}

const device_record* device_registry_state::find(const std::string& device_id) const {
  auto it = devices_.find(device_id);
  return it == devices_.end() ? nullptr : &it->second;
}

} // namespace mdai
