#include "actors/device_directory.hpp"

#include <chrono>

namespace mdai {

using namespace std::chrono_literals;

device_directory_actor::behavior_type device_directory_state::make_behavior() {
  return {[this](const claim_device& x, const session_actor& session) { return on_claim(x, session); },
          [this](const release_device& x) { on_release(x); }};
}

caf::result<bool> device_directory_state::on_claim(const claim_device& x, const session_actor& session) {
  auto answer = self_->make_response_promise<bool>();
  devices_[x.device_id].queue.push_back({x.session_id, session, answer});
  serve(x.device_id);
  return answer;
}

void device_directory_state::serve(const std::string& device_id) {
  auto& e = devices_[device_id];
  while (!e.probing && !e.queue.empty()) {
    auto& next = e.queue.front();
    if (e.session && e.session_id != next.session_id) {
      // Longer than the session's own two seconds: a session that is gone answers at once, by CAF.
      e.probing = true;
      self_->request(e.session, 4s, probe_device{device_id})
          .then([this, device_id](bool alive) { on_probed(device_id, alive); },
                [this, device_id](const caf::error&) { on_probed(device_id, false); });
      return;
    }
    e.session_id = next.session_id;
    e.session = next.session;
    next.answer.deliver(true);
    e.queue.pop_front();
  }
}

void device_directory_state::on_probed(const std::string& device_id, bool alive) {
  auto& e = devices_[device_id];
  e.probing = false;
  if (!alive) {
    e.session = nullptr;
  } else if (!e.queue.empty()) {
    e.queue.front().answer.deliver(false);
    e.queue.pop_front();
  }
  serve(device_id);
}

void device_directory_state::on_release(const release_device& x) {
  auto it = devices_.find(x.device_id);
  if (it == devices_.end() || it->second.session_id != x.session_id)
    return;
  it->second.session = nullptr;
  if (it->second.queue.empty() && !it->second.probing)
    devices_.erase(it);
}

} // namespace mdai
