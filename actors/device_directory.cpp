#include "actors/device_directory.hpp"

#include <chrono>

namespace mdai {

using namespace std::chrono_literals;

device_directory_actor::behavior_type device_directory_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& x) { on_down(x); });
  return {[this](const claim_device& x, const session_actor& session) { return on_claim(x, session); },
          [this](const release_device& x) { on_release(x); }, [this](const device_revoked& x) { on_revoked(x); }};
}

caf::result<bool> device_directory_state::on_claim(const claim_device& x, const session_actor& session) {
  auto& e = devices_[x.device_id];
  if (e.session && e.session_id == x.session_id) {
    // Its own already. The actor may be another one, because the session has died and come back: ask that one
    // instead.
    if (e.session != session) {
      hold(x.device_id, session);
      if (e.probing)
        probe(x.device_id);
    }
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
    hold(device_id, next.session);
    next.answer.deliver(true);
    e.queue.pop_front();
  }
}

void device_directory_state::hold(const std::string& device_id, const session_actor& session) {
  let_go(device_id);
  devices_[device_id].session = session;
  held_.emplace(session.address(), device_id);
  self_->monitor(session);
}

void device_directory_state::let_go(const std::string& device_id) {
  auto& session = devices_[device_id].session;
  if (!session)
    return;
  auto [begin, end] = held_.equal_range(session.address());
  for (auto it = begin; it != end; ++it)
    if (it->second == device_id) {
      held_.erase(it);
      break;
    }
  self_->demonitor(session.address());
  session = nullptr;
}

// A session that died by accident: its successor claims the device anew, if the device is still there. While somebody
// else wants it, the successor has as long for that as an answer to the question would have taken.
void device_directory_state::on_down(const caf::down_msg& x) {
  for (auto it = held_.find(x.source); it != held_.end(); it = held_.find(x.source)) {
    auto device_id = it->second;
    held_.erase(it);
    auto found = devices_.find(device_id);
    if (found->second.probing)
      continue;
    found->second.session = nullptr;
    forget_if_idle(found);
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
    let_go(device_id);
  } else if (!e.queue.empty()) {
    e.queue.front().answer.deliver(false);
    e.queue.pop_front();
  }
  serve(device_id);
  forget_if_idle(it);
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
    let_go(x.device_id);
  forget_if_idle(it);
}

void device_directory_state::on_revoked(const device_revoked& x) {
  if (auto it = devices_.find(x.device_id); it != devices_.end() && it->second.session)
    self_->send(it->second.session, x);
}

void device_directory_state::forget_if_idle(devices::iterator it) {
  auto& e = it->second;
  if (!e.session && e.queue.empty() && !e.probing)
    devices_.erase(it);
}

} // namespace mdai
