#include "protocol/session_machine.hpp"

#include <algorithm>
#include <utility>

namespace mdai {
session_machine::session_machine(session_record record, session_port& port, const session_policy& policy)
    : record_(std::move(record))
    , dialect_(dialect_of(record_.dialect))
    , port_(port)
    , policy_(policy)
    , filter_(record_.platform_id)
    , settled_(record_.status == session_status::completed || record_.status == session_status::failed) {}

std::optional<party> session_machine::party_of(link_id link) const {
  for (auto p : {party::mobile, party::device})
    if (link != 0 && seats_[p].link == link)
      return p;
  return std::nullopt;
}

// -- joining ----------------------------------------------------------------------------------------------------------

void session_machine::on_join(link_id link, party who, std::string device_id, wall_time now, bool resumed) {
  if (ended_ || record_.status == session_status::ended)
    return port_.refused(link, messages::session_is_expired, close_code::unauthorized);
  if (who == party::mobile)
    return join_mobile(link, now, resumed);
  waiting_device w{link, std::move(device_id), resumed};
  if (record_.status == session_status::blocked)
    return refuse_device(w, messages::multi_scan, close_code::multi_scan, now);
  if (wait_room_full())
    return refuse_device(w, messages::unavailable, close_code::overload, now);
  waiting_.push_back(std::move(w));
  next_device(now);
}

void session_machine::join_mobile(link_id link, wall_time now, bool resumed) {
  if (record_.status == session_status::blocked)
    return port_.refused(link, messages::multi_scan, close_code::multi_scan);
  if (settled_) {
    greet(party::mobile, link, now, resumed);
    return send_final(party::mobile, link);
  }
  take_seat(party::mobile, link, now, resumed);
}

void session_machine::next_device(wall_time now) {
  next_owner();
  while (!joining_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    begin_device(std::move(next), now);
  }
}

// One device at a time: whoever comes while a claim or a binding is under way waits, so exactly one wins.
void session_machine::begin_device(waiting_device w, wall_time now) {
  if (w.device_id.empty() && record_.device_id.empty()) // nobody that other sessions could know
    return take_seat(party::device, w.link, now, w.resumed);
  if (!record_.device_id.empty() && record_.device_id != w.device_id)
    return refuse_multi_scan(w, now);
  if (settled_) {
    record_.device_id = w.device_id;
    greet(party::device, w.link, now, w.resumed);
    return send_final(party::device, w.link);
  }
  joining_ = std::move(w);
  port_.claim_device(joining_->device_id);
}

void session_machine::on_claimed(bool granted, wall_time now) {
  if (!joining_)
    return;
  if (!granted) {
    port_.store_scan({record_.id, joining_->device_id, now, scan_outcome::busy});
    port_.refused(joining_->link, messages::device_busy, close_code::multi_scan);
    joining_.reset();
    return next_device(now);
  }
  if (record_.device_id == joining_->device_id)
    return admit_device(now);
  auto bound = next_record();
  bound.device_id = joining_->device_id;
  port_.store(bound, milestone::bound);
}

void session_machine::on_bound(bool stored, wall_time now) {
  if (!joining_)
    return;
  if (!stored) {
    port_.release_device(joining_->device_id);
    refuse_device(*joining_, messages::unavailable, close_code::overload, now);
    joining_.reset();
    return next_device(now);
  }
  record_.device_id = joining_->device_id;
  admit_device(now);
}

void session_machine::admit_device(wall_time now) {
  auto who = *std::exchange(joining_, std::nullopt);
  if (!who.resumed)
    port_.store_scan({record_.id, record_.device_id, now, scan_outcome::paired});
  if (who.link != 0 && !settled_)
    take_seat(party::device, who.link, now, who.resumed);
  if (who.link != 0 && settled_) {
    greet(party::device, who.link, now, who.resumed);
    send_final(party::device, who.link);
  }
  if (!connected(party::device)) // it may be here still, on its older connection
    port_.release_device(record_.device_id);
  next_device(now);
}

void session_machine::refuse_device(const waiting_device& w, std::string_view text, close_code code, wall_time now) {
  port_.store_scan({record_.id, w.device_id, now, scan_outcome::refused});
  port_.refused(w.link, text, code);
}

void session_machine::refuse_multi_scan(const waiting_device& w, wall_time now) {
  port_.store_scan({record_.id, w.device_id, now, scan_outcome::multi_scan});
  port_.refused(w.link, messages::multi_scan, close_code::multi_scan);
  if (settled_)
    return;
  record_.multi_scan_detected = true;
  tell(party::mobile, dialect_.error(party::mobile, messages::multi_scan, static_cast<int>(close_code::multi_scan)));
  if (policy_.block_on_multi_scan)
    return block();
  port_.store(next_record());
}

// The pairing hears of its end when that is on the disk (or never will be): a restart must not bring it back.
void session_machine::block() {
  record_.status = session_status::blocked;
  refuse_waiting(messages::multi_scan, close_code::multi_scan);
  port_.store(next_record(), milestone::blocked);
}

void session_machine::on_blocked() {
  dismiss([this](party, link_id link) { port_.close(link, close_code::multi_scan, "multi-scan"); });
}

void session_machine::refuse_waiting(std::string_view text, close_code code) {
  if (auto w = std::exchange(joining_, std::nullopt)) {
    port_.release_device(w->device_id);
    if (w->link != 0)
      port_.refused(w->link, text, code);
  }
  for (auto p : {party::mobile, party::device})
    refuse_rivals(p, text, code);
  for (auto& w : std::exchange(waiting_, {}))
    port_.refused(w.link, text, code);
  next_owner(); // who waits to own it hears that it is over
}

void session_machine::dismiss(const std::function<void(party, link_id)>& farewell) {
  for (auto p : {party::mobile, party::device})
    if (auto link = std::exchange(seats_[p], {}).link)
      farewell(p, link);
  if (std::exchange(probing_, false))
    port_.probe_answer(false);
  if (!record_.device_id.empty() && !joining_) // else the join's end releases it
    port_.release_device(record_.device_id);
}

void session_machine::take_seat(party who, link_id link, wall_time now, bool resumed) {
  auto& mine = seats_[who];
  const bool keeps = dialect_.ways.keeps_seats;
  if (resumed && mine.link > link && !keeps) // a newer connection of this party was quicker to come back
    return port_.close(link, close_code::replaced, "replaced by a newer connection");
  if (mine.link != 0 && keeps && !resumed) // who had the seat when the session died has it back from whoever came since
    return contest(who, link, now);
  if (is_contested(who)) // those who wait for it ask the one who has it now
    port_.ping(link);
  if (auto older = std::exchange(mine, seat{link, 0}).link)
    port_.close(older, close_code::replaced, "replaced by a newer connection");
  if (who == party::device && std::exchange(probing_, false))
    port_.probe_answer(true); // who comes anew is alive
  greet(who, link, now, resumed);
  if (resumed)
    return;
  if (paired())
    for (auto to : {party::mobile, party::device})
      tell(to, dialect_.paired(to, who, record_));
  if (!delayed_.empty())
    tell(who, payload{delayed_});
  else if (record_.status == session_status::open && !concluding_ && !record_.final_result.empty()) // perhaps unheard
    tell(who, payload{record_.final_result});
}

// The newer connection waits while the older one is asked whether it is alive.
void session_machine::contest(party who, link_id link, wall_time now) {
  if (rivals_.size() >= max_waiting)
    return port_.refused(link, messages::seat_taken, close_code::multi_scan);
  const bool asked = is_contested(who);
  rivals_.push_back({link, who, now});
  if (!asked)
    port_.ping(seats_[who].link);
}

bool session_machine::is_contested(party who) const {
  return std::any_of(rivals_.begin(), rivals_.end(), [who](const rival& r) { return r.who == who; });
}

void session_machine::refuse_rivals(party who, std::string_view text, close_code code) {
  for (auto& r : std::exchange(rivals_, {}))
    if (r.who == who)
      port_.refused(r.link, text, code);
    else
      rivals_.push_back(r);
}

// The first takes the seat; those behind it find it taken.
void session_machine::seat_next_rival(party who) {
  for (auto& r : std::exchange(rivals_, {}))
    if (r.who == who)
      take_seat(who, r.link, r.came, false);
    else
      rivals_.push_back(r);
}

void session_machine::greet(party who, link_id link, wall_time now, bool resumed) {
  port_.admitted(link);
  if (!resumed)
    tell_link(who, link, dialect_.welcome(who, record_, now));
}

void session_machine::send_final(party to, link_id link) {
  tell_link(to, link, payload{record_.final_result});
  tell_link(to, link, payload{dialect_.last_word(record_)});
  port_.close(link, close_code::done, "done");
}

// -- leaving ----------------------------------------------------------------------------------------------------------

void session_machine::on_gone(link_id link) {
  if (joining_ && joining_->link == link)
    joining_->link = 0; // the claim or binding under way still ends in its own time
  std::erase_if(waiting_, [link](const waiting_device& w) { return w.link == link; });
  std::erase_if(rivals_, [link](const rival& r) { return r.link == link; });
  auto who = party_of(link);
  if (!who)
    return;
  seats_[*who] = {};
  if (*who == party::device) {
    if (std::exchange(probing_, false))
      port_.probe_answer(joining_.has_value());
    if (!joining_ && !record_.device_id.empty()) // else a newer connection of the same device is claiming it already
      port_.release_device(record_.device_id);
  }
  if (*who == party::mobile)
    held_.clear();
  tell(other(*who), dialect_.peer_left(other(*who)));
  seat_next_rival(*who);
}

bool session_machine::has_device(std::string_view device_id) const {
  if (joining_ && joining_->link != 0 && joining_->device_id == device_id)
    return true;
  return connected(party::device) && record_.device_id == device_id;
}

void session_machine::on_probe() {
  if (!connected(party::device)) // it is coming in right now, so it is alive
    return port_.probe_answer(joining_.has_value());
  probing_ = true;
  port_.ping(seats_[party::device].link);
}

void session_machine::on_pong(link_id link) {
  if (auto who = party_of(link))
    refuse_rivals(*who, messages::seat_taken, close_code::multi_scan);
  if (link == seats_[party::device].link && std::exchange(probing_, false))
    port_.probe_answer(true);
}

// A device that does not answer has left for another session: its binding here is released with it.
void session_machine::on_no_pong(link_id link) {
  if (auto who = party_of(link); who && dialect_.ways.keeps_seats) {
    if (!is_contested(*who)) // it has answered, or nobody wants the seat any more
      return;
    port_.close(link, close_code::replaced, "replaced by a newer connection");
    return on_gone(link);
  }
  if (link != seats_[party::device].link || !std::exchange(probing_, false))
    return;
  seats_[party::device] = {};
  record_.device_id.clear();
  port_.store(next_record());
  port_.close(link, close_code::replaced, "the device went to another session");
  tell(party::mobile, dialect_.peer_left(party::mobile));
  port_.probe_answer(false);
}

} // namespace mdai
