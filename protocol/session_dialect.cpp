#include "protocol/session_dialect.hpp"

#include <utility>

namespace mdai {
namespace {

using ask = reading::ask;

reading bad(std::string_view why) {
  reading r;
  r.what = ask::bad;
  r.problem = why;
  return r;
}

reading with(ask what, payload text) {
  reading r;
  r.what = what;
  r.text = std::move(text);
  return r;
}

reading answer_error(std::string_view text, int code) {
  return with(ask::answer, payload{messages::error(text, code)});
}

/// What both sides may say.
reading control(const payload& text, const messages::head& head) {
  reading r;
  switch (head.kind()) {
  case messages::kind::ping:
    return with(ask::answer, payload{messages::pong_of(text.view(), *head.type())});
  case messages::kind::pong:
    return r;
  case messages::kind::auth:
    r.what = ask::auth;
    return r;
  default:
    return answer_error("Unknown message type", 400);
  }
}

// One pass over the bytes both validates the message and finds what a device must not see.
reading of_mobile(const payload& text, const session_view& session) {
  messages::head head;
  auto clean = session.filter.clean(text, session.max_depth, messages::head::names, head.found);
  if (!clean)
    return bad(messages::why_unreadable(clean.error()));
  if (!head.has_type())
    return bad(messages::no_type);
  if (head.kind() == messages::kind::to_device)
    return with(ask::relay, std::move(*clean));
  return control(text, head);
}

reading progress(const payload& text, const messages::head& head) {
  auto clamped = messages::clamp_progress(text.view(), head);
  return clamped ? with(ask::relay, payload{std::move(*clamped)})
                 : answer_error("Progress needs a number called value", 400);
}

reading submission(const payload& text, const messages::head& head, unsigned max_depth) {
  reading r;
  r.what = ask::submit;
  if (auto result = messages::parse_submission(text.view(), head, max_depth))
    r.submission = std::move(*result);
  else
    r.problem = result.error() == errc::malformed_base64 ? "image must be padded base64"
                : result.error() == errc::wrong_type     ? "consecutive_passes must be an integer"
                                                         : "image and consecutive_passes are required";
  return r;
}

reading of_device(const payload& text, const session_view& session) {
  messages::head head;
  if (auto ok = json::scan_object(text.view(), messages::head::names, head.found, session.max_depth); !ok)
    return bad(messages::why_unreadable(ok.error()));
  if (!head.has_type())
    return bad(messages::no_type);
  switch (head.kind()) {
  case messages::kind::to_mobile:
    return with(ask::relay, text);
  case messages::kind::progress:
    return progress(text, head);
  case messages::kind::submit_result:
    return submission(text, head, session.max_depth);
  default:
    return control(text, head);
  }
}

} // namespace

session_dialect::session_dialect()
    : dialect({.keeps_seats = false, .ends_with_verdict = true, .heartbeat = {}}) {}

reading session_dialect::read(party from, const payload& text, const session_view& session) const {
  return from == party::mobile ? of_mobile(text, session) : of_device(text, session);
}

payload session_dialect::welcome(party to, const session_record& record, wall_time now) const {
  return payload{messages::auth_success(record.id, to, record.device_id, seconds_left(record, now))};
}

payload session_dialect::paired(party to, party, const session_record& record) const {
  return payload{messages::peer_connected(to, record.device_id)};
}

payload session_dialect::peer_left(party to) const { return payload{messages::peer_disconnected(to)}; }

payload session_dialect::peer_absent(party to) const {
  return payload{messages::error(to == party::mobile ? "Device not connected" : "Mobile not connected", 404)};
}

payload session_dialect::error(party, std::string_view text, int code) const {
  return payload{messages::error(text, code)};
}

payload session_dialect::expired(party) const { return payload{messages::session_expired()}; }

dialect::farewell session_dialect::refusal(party, std::string_view text, close_code code) const {
  return {payload{messages::auth_failed(text)}, code, text};
}

std::string session_dialect::verdict(const messages::outcome& outcome, const session_record& record) const {
  return messages::verification_result(outcome, record.platform_id);
}

std::string session_dialect::delayed(const messages::delay&, const session_record& record) const {
  return messages::delivery_pending(record.platform_id);
}

std::string session_dialect::too_few_passes(const session_record& record) const {
  return messages::insufficient_passes(record.platform_id);
}

payload session_dialect::result_refused(party to, std::string_view why, int code) const {
  return to == party::device ? payload{messages::error(why, code)} : payload{};
}

payload session_dialect::result_of_nobody(party to) const {
  return result_refused(to, messages::platform_id_unknown, 400);
}

payload session_dialect::result_busy(party to, std::string_view) const {
  return result_refused(to, messages::delivery_under_way, 409);
}

} // namespace mdai
