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
  case messages::kind::to_mobile:
    return relay(party::mobile, from, text);
  case messages::kind::progress:
    return on_progress(from, text.view(), head);
  case messages::kind::submit_result:
    return on_submit_result(text.view(), head);
  default:
    return on_control(party::device, from, text, head, now);
  }
}

void session_machine::on_control(party who, seat& from, const payload& text, const messages::head& head,
                                 wall_time now) {
  switch (head.kind()) {
  case messages::kind::ping:
    return tell(who, payload{messages::pong_of(text.view(), head)});
  case messages::kind::pong:
    return;
  case messages::kind::auth:
    return on_auth(who, from, text.view(), now);
  default:
    return tell(who, payload{messages::error("Unknown message type", 400)});
  }
}

// Authenticated by the upgrade already: an auth message that comes is checked all the same, and answered.
void session_machine::on_auth(party who, seat& from, std::string_view text, wall_time now) {
  auto message = messages::parse_auth(text, policy_.max_json_depth);
  auto refusal = message ? port_.recheck(from.link, who, *message) : std::nullopt;
  if (!refusal)
    return tell(who, payload{messages::auth_success(record_.id, who, record_.device_id, seconds_left(record_, now))});
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
  port_.send(from.link,
             payload{messages::error(to == party::device ? "Device not connected" : "Mobile not connected", 404)});
}

// -- results ----------------------------------------------------------------------------------------------------------

void session_machine::on_submit_result(std::string_view text, const messages::head& head) {
  if (record_.status != session_status::open)
    return tell(party::device, payload{messages::error("A result is already being delivered", 409)});
  if (record_.platform_id.empty())
    return tell(party::device, payload{messages::error(messages::no_platform_id, 400)});
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
  port_.store(next_record()); // another change may have been stored meanwhile, with the result that is not
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
  dismiss([this](party p, link_id link) { send_final(p, link); });
}

// -- the one way out --------------------------------------------------------------------------------------------------

payload session_machine::clean(party to, payload text) const {
  if (to == party::mobile)
    return text;
  std::string cleaned;
  auto cut = filter_.apply(text.view(), cleaned, json::deepest); // the backend may nest deeper than clients
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
