#include "protocol/session_machine.hpp"

#include <utility>

namespace mdai {
namespace {

std::string_view bad_message_text(const boost::system::error_code& error) {
  if (error == errc::not_an_object)
    return "Message must be a JSON object";
  if (error == errc::nesting_too_deep)
    return "Message nests too deep";
  return "Message is not valid JSON";
}

} // namespace

session_machine::session_machine(session_record record, session_port& port, const session_policy& policy)
    : record_(std::move(record))
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
  if (ended_)
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
  while (!joining_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    begin_device(std::move(next), now);
  }
}

// One device at a time: whoever comes while a claim or a binding is under way waits, so exactly one wins.
void session_machine::begin_device(waiting_device w, wall_time now) {
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
  auto bound = record_;
  bound.device_id = joining_->device_id;
  port_.store(bound, true);
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
  tell(party::mobile, payload{messages::error(messages::multi_scan, static_cast<int>(close_code::multi_scan))});
  if (policy_.block_on_multi_scan)
    return block();
  port_.store(record_, false);
}

void session_machine::block() {
  record_.status = session_status::blocked;
  port_.store(record_, false);
  for (auto& s : seats_)
    if (auto link = std::exchange(s.link, 0))
      port_.close(link, close_code::multi_scan, "multi-scan");
  finish_pending();
  if (!record_.device_id.empty())
    port_.release_device(record_.device_id);
}

/// Refuses whoever still waits for a seat.
void session_machine::finish_pending() {
  auto refuse = [this](link_id link) {
    if (record_.status == session_status::blocked)
      port_.refused(link, messages::multi_scan, close_code::multi_scan);
    else
      port_.refused(link, messages::session_is_expired, close_code::unauthorized);
  };
  if (joining_ && joining_->link != 0)
    refuse(joining_->link);
  joining_.reset();
  for (auto& w : std::exchange(waiting_, {}))
    refuse(w.link);
}

void session_machine::take_seat(party who, link_id link, wall_time now, bool resumed) {
  auto& mine = seats_[who];
  if (resumed && mine.link > link) // a newer connection of this party was quicker to come back
    return port_.close(link, close_code::replaced, "replaced by a newer connection");
  if (auto older = std::exchange(mine, seat{link, 0}).link)
    port_.close(older, close_code::replaced, "replaced by a newer connection");
  if (who == party::device && std::exchange(probing_, false))
    port_.probe_answer(true); // who comes anew is alive
  greet(who, link, now, resumed);
  if (resumed)
    return;
  if (paired())
    for (auto to : {party::mobile, party::device})
      tell(to, payload{messages::peer_connected(to, record_.device_id)});
  if (pending_told_)
    tell(who, payload{messages::delivery_pending(record_.platform_id)});
}

void session_machine::greet(party who, link_id link, wall_time now, bool resumed) {
  port_.admitted(link);
  if (!resumed)
    tell_link(who, link,
            payload{messages::auth_success(record_.id, who, record_.device_id, seconds_left(record_, now))});
}

void session_machine::send_final(party to, link_id link) {
  tell_link(to, link, payload{record_.final_result});
  port_.close(link, close_code::done, "done");
}

// -- leaving ----------------------------------------------------------------------------------------------------------

void session_machine::on_gone(link_id link) {
  if (joining_ && joining_->link == link)
    joining_->link = 0; // the claim or binding under way still ends in its own time
  std::erase_if(waiting_, [link](const waiting_device& w) { return w.link == link; });
  auto who = party_of(link);
  if (!who)
    return;
  seats_[*who] = {};
  if (*who == party::device) {
    if (std::exchange(probing_, false))
      port_.probe_answer(joining_.has_value());
    if (!joining_) // else a newer connection of the same device is claiming it already
      port_.release_device(record_.device_id);
  }
  tell(other(*who), payload{messages::peer_disconnected(other(*who))});
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
  if (link == seats_[party::device].link && std::exchange(probing_, false))
    port_.probe_answer(true);
}

// A device that does not answer has left for another session: its binding here is released with it.
void session_machine::on_no_pong(link_id link) {
  if (link != seats_[party::device].link || !std::exchange(probing_, false))
    return;
  seats_[party::device] = {};
  record_.device_id.clear();
  port_.store(record_, false);
  port_.close(link, close_code::replaced, "the device went to another session");
  tell(party::mobile, payload{messages::peer_disconnected(party::mobile)});
  port_.probe_answer(false);
}

void session_machine::on_expire() {
  if (std::exchange(ended_, true))
    return;
  for (auto p : {party::mobile, party::device}) {
    if (!connected(p))
      continue;
    tell(p, payload{messages::session_expired()});
    port_.close(std::exchange(seats_[p].link, 0), close_code::unauthorized, messages::session_is_expired);
  }
  if (std::exchange(probing_, false))
    port_.probe_answer(false);
  if (!record_.device_id.empty())
    port_.release_device(record_.device_id);
  else if (joining_)
    port_.release_device(joining_->device_id);
  finish_pending();
}

// -- messages ---------------------------------------------------------------------------------------------------------

void session_machine::on_message(link_id link, const payload& text, wall_time now) {
  auto who = party_of(link);
  if (!who)
    return;
  if (*who == party::mobile)
    on_mobile_message(seats_[*who], text, now);
  else
    on_device_message(seats_[*who], text, now);
}

void session_machine::on_binary(link_id link) {
  if (auto who = party_of(link))
    bad_message(*who, seats_[*who], "Binary messages are not supported");
}

void session_machine::bad_message(party who, seat& from, std::string_view text) {
  tell(who, payload{messages::error(text, 400)});
  if (++from.bad_in_a_row < policy_.bad_messages_in_a_row)
    return;
  auto link = from.link;
  port_.close(link, close_code::policy, "too many bad messages");
  on_gone(link);
}

// One pass over the bytes both validates the message and finds what a device must not see.
void session_machine::on_mobile_message(seat& from, const payload& text, wall_time now) {
  messages::head head;
  std::string cleaned;
  auto cut = filter_.apply(text.view(), cleaned, policy_.max_json_depth, messages::head::names, head.found);
  if (!cut)
    return bad_message(party::mobile, from, bad_message_text(cut.error()));
  if (!head.has_type())
    return bad_message(party::mobile, from, "Message has no type");
  from.bad_in_a_row = 0;
  if (head.kind() == messages::kind::to_device)
    return relay(party::device, from, *cut ? payload{std::move(cleaned)} : text);
  on_control(party::mobile, from, text, head, now);
}

void session_machine::on_device_message(seat& from, const payload& text, wall_time now) {
  messages::head head;
  if (auto ok = json::scan_object(text.view(), messages::head::names, head.found, policy_.max_json_depth); !ok)
    return bad_message(party::device, from, bad_message_text(ok.error()));
  if (!head.has_type())
    return bad_message(party::device, from, "Message has no type");
  from.bad_in_a_row = 0;
  switch (head.kind()) {
  case messages::kind::to_mobile: return relay(party::mobile, from, text);
  case messages::kind::progress: return on_progress(from, text.view(), head);
  case messages::kind::submit_result: return on_submit_result(text.view(), head);
  default: return on_control(party::device, from, text, head, now);
  }
}

void session_machine::on_control(party who, seat& from, const payload& text, const messages::head& head,
                                 wall_time now) {
  switch (head.kind()) {
  case messages::kind::ping: return tell(who, payload{messages::pong_of(text.view(), head)});
  case messages::kind::pong: return;
  case messages::kind::auth: return on_auth(who, from, text.view(), now);
  default: return tell(who, payload{messages::error("Unknown message type", 400)});
  }
}

// Authenticated by the upgrade already: an auth message that comes is checked all the same, and answered.
void session_machine::on_auth(party who, seat& from, std::string_view text, wall_time now) {
  auto message = messages::parse_auth(text, policy_.max_json_depth);
  auto refusal = message ? port_.recheck(from.link, who, *message) : std::nullopt;
  if (!refusal)
    return tell(who,
                payload{messages::auth_success(record_.id, who, record_.device_id, seconds_left(record_, now))});
  auto link = from.link;
  port_.refused(link, refusal->text, refusal->code);
  on_gone(link);
}

void session_machine::on_progress(seat& from, std::string_view text, const messages::head& head) {
  auto clamped = messages::clamp_progress(text, head);
  if (!clamped)
    return tell(party::device, payload{messages::error("Progress needs a number called value", 400)});
  relay(party::mobile, from, payload{std::move(*clamped)});
}

void session_machine::relay(party to, seat& from, payload text) {
  if (connected(to))
    return port_.send(seats_[to].link, std::move(text));
  port_.send(from.link, payload{messages::error(
                            to == party::device ? "Device not connected" : "Mobile not connected", 404)});
}

// -- results ----------------------------------------------------------------------------------------------------------

void session_machine::on_submit_result(std::string_view text, const messages::head& head) {
  if (record_.status != session_status::open)
    return tell(party::device, payload{messages::error("A result is already being delivered", 409)});
  auto submission = messages::parse_submission(text, head, policy_.max_json_depth);
  if (!submission) {
    auto why = submission.error() == errc::malformed_base64 ? "image must be padded base64"
               : submission.error() == errc::wrong_type     ? "consecutive_passes must be an integer"
                                                            : "image and consecutive_passes are required";
    return tell(party::device, payload{messages::error(why, 400)});
  }
  if (submission->passes < policy_.min_consecutive_passes)
    return tell_both(messages::insufficient_passes(record_.platform_id));
  record_.status = session_status::delivering;
  port_.submit(record_, std::move(*submission));
}

void session_machine::on_submitted(bool stored) {
  if (stored || record_.status != session_status::delivering)
    return;
  record_.status = session_status::open;
  port_.store(record_, false); // another change may have been stored meanwhile, with the result that is not
  if (!ended_)
    tell(party::device, payload{messages::error("The result could not be stored. Please send it again.", 503)});
}

void session_machine::on_delivery_pending() {
  if (ended_ || record_.status != session_status::delivering || std::exchange(pending_told_, true))
    return;
  tell_both(messages::delivery_pending(record_.platform_id));
}

void session_machine::on_outcome(const messages::outcome& outcome) {
  // Open: the record that came back from a restart is older than the result.
  if (record_.status == session_status::open || record_.status == session_status::delivering) {
    record_.status = outcome.success ? session_status::completed : session_status::failed;
    record_.final_result = messages::verification_result(outcome, record_.platform_id);
  }
  port_.store_final(record_);
}

void session_machine::on_final_stored() {
  settled_ = true;
  for (auto p : {party::mobile, party::device})
    if (auto link = std::exchange(seats_[p].link, 0))
      send_final(p, link);
  if (std::exchange(probing_, false))
    port_.probe_answer(false);
  if (!record_.device_id.empty() && !joining_)
    port_.release_device(record_.device_id);
}

// -- the one way out --------------------------------------------------------------------------------------------------

payload session_machine::clean(party to, payload text) const {
  if (to == party::mobile)
    return text;
  std::string cleaned;
  // Two levels more than a client may nest: the backend's data stands inside a message of ours.
  auto cut = filter_.apply(text.view(), cleaned, policy_.max_json_depth + 2);
  if (!cut)
    return payload{messages::error("Message withheld", 500)};
  return *cut ? payload{std::move(cleaned)} : text;
}

void session_machine::tell_link(party to, link_id link, payload text) { port_.send(link, clean(to, std::move(text))); }

void session_machine::tell(party to, payload text) {
  if (connected(to))
    tell_link(to, seats_[to].link, std::move(text));
}

void session_machine::tell_both(const std::string& text) {
  for (auto p : {party::mobile, party::device})
    tell(p, payload{text});
}

} // namespace mdai
