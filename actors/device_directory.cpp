#include "actors/device_directory.hpp"

#include <chrono>

namespace mdai {

using namespace std::chrono_literals;

device_directory_actor::behavior_type device_directory_state::make_behavior() {
  return {[this](const claim_device& x, const session_actor& session) { return on_claim(x, session); },
          [this](const release_device& x) { on_release(x); }};
}

caf::result<bool> device_directory_state::on_claim(const claim_device& x, const session_actor& session) {
  auto& e = devices_[x.device_id];
  if (e.session && e.session_id == x.session_id) {
    // Its own already. The actor may be another one, because the session has died and come back: ask that one
    // instead.
    if (std::exchange(e.session, session) != session && e.probing)
      probe(x.device_id);
    return true;
  }
  auto answer = self_->make_response_promise<bool>();
  e.queue.push_back({x.session_id, session, answer});
  serve(x.device_id);
  return answer;
}

void device_directory_state::serve(const std::string& device_id) {
  auto& e = devices_[device_id];
  while (!e.probing && !e.queue.empty()) {
    auto& next = e.queue.front();
    if (e.session && e.session_id != next.session_id)
      return probe(device_id);
    e.session_id = next.session_id;
    e.session = next.session;
    next.answer.deliver(true);
    e.queue.pop_front();
  }
}

// Longer than the session's own two seconds: a session that is gone answers at once, by CAF.
void device_directory_state::probe(const std::string& device_id) {
  auto& e = devices_[device_id];
  e.probing = ++probes_;
  self_->request(e.session, 4s, probe_device{device_id})
      .then([this, device_id, n = e.probing](bool alive) { on_probed(device_id, n, alive); },
            [this, device_id, n = e.probing](const caf::error&) { on_probed(device_id, n, false); });
}

void device_directory_state::on_probed(const std::string& device_id, std::uint64_t probe, bool alive) {
  auto it = devices_.find(device_id);
  if (it == devices_.end() || it->second.probing != probe)
    return;
  auto& e = it->second;
  e.probing = 0;
  if (!alive) {
    e.session = nullptr;
  } else if (!e.queue.empty()) {
    e.queue.front().answer.deliver(false);
    e.queue.pop_front();
  }
  serve(device_id);
  if (!e.session && e.queue.empty())
    devices_.erase(it);
}

void device_directory_state::on_release(const release_device& x) {
  auto it = devices_.find(x.device_id);
  if (it == devices_.end())
    return;
  auto& e = it->second;
  // Who releases while it waits is over, and wants the device no more.
  std::erase_if(e.queue, [&](waiting& w) {
    bool over = w.session_id == x.session_id;
    if (over)
      w.answer.deliver(false);
    return over;
  });
  if (e.session_id == x.session_id)
    e.session = nullptr;
  if (!e.session && e.queue.empty() && !e.probing)
    devices_.erase(it);
}

} // namespace mdai
