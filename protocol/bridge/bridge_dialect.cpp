#include "protocol/bridge/bridge_dialect.hpp"

#include <utility>

#include "protocol/bridge/bridge_messages.hpp"
#include "protocol/bridge/disguise.hpp"

namespace mdai {
namespace {

using ask = reading::ask;

/// Old hardware refuses longer messages.
constexpr std::size_t hardware_message_limit = 1u << 20;
constexpr std::string_view heartbeat = R"({"type":"ping"})";

reading with(ask what, payload text) {
  reading r;
  r.what = what;
  r.text = std::move(text);
  return r;
}

reading bad(std::string_view why) {
  reading r;
  r.what = ask::bad;
  r.problem = why;
  return r;
}

/// To the app: its message goes nowhere.
reading app_error(std::string_view text, int code) { return with(ask::answer, payload{bridge::error(text, code)}); }

/// What both sides may say; nothing when it is none of it.
std::optional<reading> control(const payload& text, const bridge::head& head, const session_view& session) {
  switch (head.kind()) {
  case bridge::kind::ping:
    return with(ask::answer, payload{messages::pong_of(text.view(), *head.type())});
  case bridge::kind::pong:
    return reading{};
  case bridge::kind::status:
    return with(ask::answer, payload{bridge::status(session.device_here, session.mobile_here,
                                                    seconds_left(session.record, session.now))});
  default:
    return std::nullopt;
  }
}

/// The app's data on its way to the hardware, with whom it names.
result<bridge::disguised> for_hardware(std::string_view data, const session_view& session) {
  auto message = bridge::wrapped("from_app", data);
  auto& r = session.record;
  if (!r.alias.empty())
    return bridge::disguise(std::move(message), r.platform_id, r.earlier_ids, r.alias, session.max_depth);
  // Compat: everything passes, and whom it names is known when that is clear.
  auto named = bridge::find_platform_id(message, session.max_depth);
  return bridge::disguised{std::move(message), named ? std::move(*named) : std::string{}};
}

reading to_hardware(std::string_view data, const session_view& session) {
  auto message = for_hardware(data, session);
  if (!message)
    return app_error("platform_id is ambiguous or not acceptable", 400);
  if (message->text.size() > hardware_message_limit)
    return app_error("Message too big for the hardware", 413);
  auto r = with(ask::relay, payload{std::move(message->text)});
  r.platform_id = std::move(message->platform_id);
  return r;
}

reading to_backend(std::string_view data, const session_view& session) {
  auto message = bridge::parse_to_backend(data, session.max_depth);
  reading r;
  r.what = ask::submit;
  if (session.record.alias.empty()) // else it is the alias, or nothing that we should believe
    r.platform_id = std::move(message.platform_id);
  if (message.submission)
    r.submission = std::move(*message.submission);
  else
    r.problem = message.submission.error() == errc::malformed_base64 ? "image_base64 must be padded base64"
                                                                     : "image_base64 is required";
  return r;
}

} // namespace

bridge_dialect::bridge_dialect()
    : dialect({.keeps_seats = true, .ends_with_verdict = false, .joined_by_id = false, .heartbeat = heartbeat}) {}

reading bridge_dialect::read(party from, const payload& text, const session_view& session) const {
  bridge::head head;
  if (auto ok = json::scan_object(text.view(), bridge::head::names, head.found, session.max_depth); !ok)
    return bad(messages::why_unreadable(ok.error()));
  if (!head.has_type())
    return bad(messages::no_type);
  if (auto said = control(text, head, session))
    return std::move(*said);
  auto kind = head.kind();
  if (from == party::mobile && kind == bridge::kind::to_hardware)
    return to_hardware(head.data(), session);
  if (from == party::device && kind == bridge::kind::to_app)
    return with(ask::relay, payload{bridge::wrapped("from_hardware", head.data())});
  if (from == party::device && kind == bridge::kind::to_backend)
    return to_backend(head.data(), session);
  return with(ask::answer, error(from, "Unknown message type", 400));
}

payload bridge_dialect::welcome(party to, const session_record&, wall_time) const {
  return payload{bridge::joined(to)};
}

payload bridge_dialect::paired(party to, party who, const session_record&) const {
  return to == who ? payload{} : payload{bridge::peer_status(who, true)};
}

payload bridge_dialect::peer_left(party to) const { return payload{bridge::peer_status(other(to), false)}; }

payload bridge_dialect::peer_absent(party to) const { return error(to, "Hardware not connected", 404); }

payload bridge_dialect::error(party to, std::string_view text, int code) const {
  return to == party::mobile ? payload{bridge::error(text, code)} : payload{};
}

payload bridge_dialect::expired(party) const {
  return payload{bridge::error(messages::session_is_expired, static_cast<int>(close_code::unauthorized))};
}

payload bridge_dialect::ended(party) const {
  return payload{bridge::error(messages::ended_by_operator, static_cast<int>(close_code::unauthorized))};
}

// One text for every token that opens nothing, whatever is wrong with it.
dialect::farewell bridge_dialect::refusal(party to, std::string_view text, close_code code) const {
  if (code == close_code::unauthorized || code == close_code::unknown_session) {
    constexpr auto now = close_code::unauthorized;
    return {payload{bridge::error(messages::invalid_token, static_cast<int>(now))}, now, messages::invalid_token};
  }
  return {error(to, text, static_cast<int>(code)), code, text};
}

std::string bridge_dialect::verdict(const messages::outcome& outcome, const session_record&) const {
  return bridge::backend_response(outcome.status, outcome.data, outcome.took);
}

std::string bridge_dialect::delayed(const messages::delay& why, const session_record&) const {
  return bridge::backend_response(why.timed_out ? 504 : 503, bridge::no_answer("Backend unavailable", true), why.took);
}

std::string bridge_dialect::too_few_passes(const session_record&) const { return {}; }

payload bridge_dialect::result_refused(party, std::string_view why, int code) const {
  return payload{bridge::backend_response(static_cast<unsigned>(code), bridge::no_answer(why, false), {})};
}

payload bridge_dialect::result_of_nobody(party) const {
  return payload{bridge::error(messages::platform_id_unknown, 400)};
}

// What was said of the one that is on its way holds for this one; if nothing was, both have the same answer to come.
payload bridge_dialect::result_busy(party, std::string_view delayed) const {
  return delayed.empty() ? payload{} : payload{delayed};
}

payload bridge_dialect::fitted(party to, payload text) const {
  if (to == party::mobile || text.size() <= hardware_message_limit)
    return text;
  return payload{bridge::abridged(text.view())};
}

} // namespace mdai
