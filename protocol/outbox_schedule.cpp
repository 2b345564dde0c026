#include "protocol/outbox_schedule.hpp"

namespace mdai {

void outbox_schedule::add(const object_id& id, time_point now, milliseconds age, milliseconds session_left) {
  auto [it, fresh] = entries_.try_emplace(id);
  if (!fresh)
    return;
  auto& e = it->second;
  e.next_attempt = now;
  e.session_end = now + session_left;
  e.give_up = now + std::max(milliseconds{0}, policy_.retention - age);
  attempts_.emplace(wake(e), id);
}

// Whatever the backend asks for: somebody may wait for this result.
milliseconds outbox_schedule::longest(const entry& e, time_point now) const {
  return now < e.session_end ? policy_.live_cap : policy_.late_cap;
}

milliseconds outbox_schedule::delay(const entry& e, time_point now) const {
  auto cap = e.tell_at ? policy_.window_cap : longest(e, now);
  auto ceiling = std::min<milliseconds>(cap, policy_.first_delay * (1u << std::min(e.failures - 1, 20u)));
  // Full jitter: anywhere below the ceiling, so that a crowd of results does not come back as a crowd.
  auto jittered = static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random_());
  return std::max(milliseconds{50}, milliseconds{jittered});
}

void outbox_schedule::on_failure(const object_id& id, time_point now, culprit whose,
                                 std::optional<seconds> retry_after) {
  auto it = entries_.find(id);
  if (it == entries_.end() || !it->second.in_flight)
    return;
  auto& e = it->second;
  e.in_flight = false;
  --in_flight_;
  failures_in_a_row_ += whose == culprit::backend;
  if (++e.failures == 1) {
    e.tell_at = now + policy_.retry_window;
    tells_.emplace(*e.tell_at, id);
  }
  auto asked = std::min<milliseconds>(retry_after.value_or(seconds{0}), longest(e, now));
  e.next_attempt = now + std::max(delay(e, now), asked);
  attempts_.emplace(wake(e), id);
}

void outbox_schedule::remove(const object_id& id, bool backend_answered) {
  if (backend_answered)
    failures_in_a_row_ = 0;
  auto it = entries_.find(id);
  if (it == entries_.end())
    return;
  auto& e = it->second;
  in_flight_ -= e.in_flight;
  attempts_.erase({wake(e), id});
  if (e.tell_at)
    tells_.erase({*e.tell_at, id});
  entries_.erase(it);
}

std::size_t outbox_schedule::free_slots() const {
  auto slots = backend_down() ? std::size_t{1} : policy_.max_in_flight;
  return slots > in_flight_ ? slots - in_flight_ : 0;
}

outbox_schedule::decisions outbox_schedule::due(time_point now) {
  decisions out;
  while (!tells_.empty() && tells_.begin()->first <= now) {
    auto id = tells_.begin()->second;
    tells_.erase(tells_.begin());
    entries_.at(id).tell_at.reset();
    out.pending.push_back(id);
  }
  while (free_slots() > 0 && !attempts_.empty() && attempts_.begin()->first <= now) {
    auto id = attempts_.begin()->second;
    attempts_.erase(attempts_.begin());
    auto& e = entries_.at(id);
    if (e.give_up <= now) {
      out.give_up.push_back(id);
      remove(id, false);
      continue;
    }
    e.in_flight = true;
    ++in_flight_;
    out.attempt.push_back(id);
  }
  return out;
}

std::optional<outbox_schedule::time_point> outbox_schedule::next() const {
  std::optional<time_point> first;
  if (!tells_.empty())
    first = tells_.begin()->first;
  // Without a free slot the next answer makes room; no timer is needed for that.
  if (free_slots() > 0 && !attempts_.empty())
    first = std::min(first.value_or(time_point::max()), attempts_.begin()->first);
  return first;
}

} // namespace mdai
