#include "protocol/face/face_machine.hpp"

#include <algorithm>

#include "protocol/face/guidance.hpp"
#include "protocol/messages.hpp"

/// Sockets and what they say; frames stand in face_machine_frames.cpp, how sessions end in face_machine_end.cpp.
namespace mdai::face {
namespace {

constexpr std::string_view how_to_send = R"(Send frames as {"type":"frame","image":"<base64 of a JPEG or PNG>"})";

} // namespace

late_refusal why_too_late(session_status status) {
  if (status == session_status::expired)
    return {std::string{messages::expired}, 4401, close_code::unauthorized};
  return {"Session is " + std::string{name(status)}, 4400, close_code::session_finished};
}

face_machine::face_machine(session_record record, const crypto::key256& payload_key, face_port& port,
                           const stream_policy& policy)
    : record_(std::move(record))
    , key_(payload_key)
    , port_(port)
    , policy_(policy) {
  bool liveness = record_.require_liveness || policy_.always_liveness;
  auto wanted = static_cast<int>(record_.frames_wanted);
  frames_required_ = std::max(wanted, enrolment() ? policy_.min_samples : policy_.min_frames);
  blinks_required_ = liveness ? std::max(static_cast<int>(record_.required_blinks), policy_.min_blinks) : 0;
  motion_required_ = liveness ? policy_.motion_required : 0;
  record_.frames_processed = 0;
  if (record_.status == session_status::processing)
    record_.status = session_status::disconnected;
  over_ = is_over(record_.status);
}

// -- sockets ----------------------------------------------------------------------------------------------------------

void face_machine::refuse(link_id link, std::string_view text, int code, std::string_view message, close_code close) {
  port_.send(link, messages::error(text, code, message));
  port_.close(link, close, text);
}

/// The socket that is here goes, and the session stays.
void face_machine::drop_link(std::string_view text, int code, std::string_view message, close_code close) {
  auto link = link_;
  refuse(link, text, code, message, close);
  on_detach(link);
}

void face_machine::on_attach(link_id link, wall_time now) {
  if (over_) {
    auto why = why_too_late(record_.status);
    return refuse(link, why.text, why.code, messages::start_anew, why.close);
  }
  if (link_)
    port_.close(link_, close_code::replaced, "replaced");
  link_ = link;
  ready_ = false;
  waiting_.reset();
  bad_messages_ = 0;
  if (ending_) // it gets the last word
    return;
  admit(now);
}

/// Welcomes the link once the record says that there is one.
void face_machine::admit(wall_time now) {
  if (record_.status == session_status::processing && attaching_ == 0)
    return welcome(now); // in another one's place
  if (deciding_)         // the store that is under way welcomes it, if the decision does not end everything
    return;
  record_.status = session_status::processing;
  ++attaching_;
  port_.store(record_, stream_milestone::attached);
}

void face_machine::welcome(wall_time now) {
  ready_ = true;
  auto left = std::max<std::int64_t>(0, std::chrono::floor<seconds>(record_.expires_at - now).count());
  port_.send(link_, messages::connection_established({.session_type = name(record_.kind),
                                                      .session_token = record_.token,
                                                      .status = name(record_.status),
                                                      .enrolment = enrolment(),
                                                      .required = frames_required_,
                                                      .max_fps = frame_throttle::frames_per_second,
                                                      .max_frames = policy_.frame_budget,
                                                      .max_image_bytes = policy_.max_image_bytes,
                                                      .expires_in_seconds = left,
                                                      .message = std::string{guidance::show_face}}));
  next(now);
}

void face_machine::on_detach(link_id link) {
  if (link != link_)
    return;
  link_ = 0;
  ready_ = false;
  waiting_.reset();
  if (ending_ || over_ || deciding_) // what is stored now would stand behind the end that is on its way to the disk
    return;
  disconnect();
}

void face_machine::disconnect() {
  record_.status = session_status::disconnected;
  port_.store(record_, stream_milestone::none);
}

void face_machine::on_text(link_id link, const payload& text, wall_time now) {
  if (link != link_ || ending_)
    return;
  auto asked = messages::read(text.view(), policy_.max_json_depth);
  if (!asked)
    return complain(asked.error());
  bad_messages_ = 0;
  using kind = messages::request::kind;
  if (asked->what == kind::frame)
    on_picture({text, asked->image, false}, now);
  else if (asked->what == kind::ping)
    tell(messages::pong);
  else if (asked->what == kind::cancel)
    on_cancel(now);
}

void face_machine::on_binary(link_id link, const payload& bytes, wall_time now) {
  if (link != link_ || ending_)
    return;
  bad_messages_ = 0;
  on_picture({bytes, {}, true}, now);
}

void face_machine::complain(const boost::system::error_code& why) {
  auto text = why == errc::missing_field || why == errc::wrong_type ? mdai::messages::no_type
              : why == errc::invalid_value                          ? messages::unknown_type
                                                                    : mdai::messages::why_unreadable(why);
  tell(messages::error(text, 400, how_to_send));
  if (++bad_messages_ >= policy_.bad_messages_in_a_row)
    port_.close(link_, close_code::policy, "too many bad messages");
}

void face_machine::tell(std::string_view text) {
  if (link_)
    port_.send(link_, text);
}

/// To who sent the frame, if it is still there.
void face_machine::answer(std::string_view text) {
  if (asker_ == link_)
    tell(text);
}

} // namespace mdai::face
