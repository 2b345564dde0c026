#include <algorithm>

#include "protocol/face/face_machine.hpp"
#include "protocol/face/sealed_result.hpp"

/// How sessions end: what is decided is journaled, and then told.
namespace mdai::face {

void face_machine::on_decided(const match_outcome& outcome, wall_time now) {
  deciding_ = false;
  if (outcome.what == match_outcome::kind::unavailable)
    return not_stored(now);
  auto how = enrolment() ? enrolled(outcome, now) : recognized(outcome, now);
  if (outcome.what == match_outcome::kind::refused)
    return finish(session_status::failed, how.reason, std::move(how), now);
  if (!enrolment())
    return finish(session_status::completed, {}, std::move(how), now);
  record_.status = session_status::completed; // stored together with the templates
  record_.completed_at = now;
  farewell_ = std::move(how);
  end();
}

float face_machine::mean_quality() const {
  float sum = 0;
  for (auto& s : samples_)
    sum += s.quality;
  return samples_.empty() ? 0 : sum / float(samples_.size());
}

face_machine::farewell face_machine::enrolled(const match_outcome& outcome, wall_time now) {
  if (outcome.what == match_outcome::kind::refused)
    return {messages::enrollment_failed(messages::duplicate, "DUPLICATE_FACE_DETECTED", "duplicate_face",
                                        "Ask the operator of this service: this face is known under another name",
                                        progress(), seen_),
            close_code::enrolment_failed, messages::duplicate};
  auto id = record_.enrollment_id.text();
  auto sealed = sealed_result({.id = id, .at = now, .enrolment = true, .session_token = record_.token}, key_,
                              name(record_.key_source));
  if (!sealed)
    return {messages::error(messages::internal, 4500, messages::start_anew), close_code::internal, messages::internal};
  return {messages::enrollment_complete(id, progress(), seen_, mean_quality(), *sealed), close_code::done, "done"};
}

face_machine::farewell face_machine::recognized(const match_outcome& outcome, wall_time now) {
  if (outcome.what == match_outcome::kind::refused) {
    auto why = record_.kind == session_kind::verification ? messages::not_that_user : messages::not_recognized;
    return {messages::authentication_failed(progress().frames_processed, why), close_code::done, why};
  }
  auto confidence = std::clamp(outcome.confidence, 0.f, 1.f);
  auto sealed = sealed_result(
      {.id = outcome.user_id, .at = now, .enrolment = false, .session_token = record_.token, .confidence = confidence},
      key_, name(record_.key_source));
  if (!sealed)
    return {messages::error(messages::internal, 4500, messages::start_anew), close_code::internal, messages::internal};
  return {messages::authentication_complete(outcome.user_id, confidence, progress(), seen_, *sealed), close_code::done,
          "done"};
}

void face_machine::finish(session_status status, std::string_view reason, farewell how, wall_time now) {
  before_end_ = record_;
  ending_ = true;
  waiting_.reset();
  farewell_ = std::move(how);
  record_.status = status;
  record_.reason = reason;
  record_.completed_at = now;
  port_.store(record_, stream_milestone::ended);
}

void face_machine::on_stored(stream_milestone reached, bool stored, wall_time now) {
  if (reached == stream_milestone::attached) {
    --attaching_;
    if (attaching_ > 0 || ending_ || over_ || !link_ || ready_)
      return;
    if (stored)
      return welcome(now);
    return drop_link(messages::internal, 4500, messages::try_again, close_code::internal);
  }
  if (reached != stream_milestone::ended)
    return;
  if (!stored && !farewell_.whatever)
    return not_stored(now);
  end();
}

void face_machine::end() {
  over_ = true;
  if (auto link = std::exchange(link_, 0)) {
    port_.send(link, farewell_.text);
    port_.close(link, farewell_.code, farewell_.reason);
  }
  samples_.clear(); // biometrics leave the memory with the session
}

// Nothing is lost: the samples are kept, and the next clean frame tries again.
void face_machine::not_stored(wall_time now) {
  if (std::exchange(ending_, false))
    record_ = before_end_;
  if (ready_)
    tell(messages::error(messages::internal, 503, messages::try_again));
  if (overdue_)
    return on_expire(now);
  if (std::exchange(cancelled_, false))
    return on_cancel(now);
  if (!link_) // it went meanwhile
    disconnect();
  else if (!ready_) // it came meanwhile
    admit(now);
  next(now);
}

void face_machine::on_cancel(wall_time now) {
  if (over_)
    return;
  if (ending_ || deciding_) { // it ends otherwise in a moment, or comes back here
    cancelled_ = true;
    return;
  }
  finish(session_status::cancelled, messages::cancelled,
         {messages::error(messages::cancelled, 4499, messages::start_anew), close_code::cancelled, messages::cancelled},
         now);
}

void face_machine::on_suspended() {
  if (link_ && !ending_)
    drop_link(messages::suspended, 4403, messages::ask_operator, close_code::forbidden);
}

void face_machine::on_expire(wall_time now) {
  overdue_ = true;
  if (ending_ || over_ || deciding_) // it ends otherwise in a moment, or comes back here
    return;
  finish(session_status::expired, messages::expired,
         {messages::error(messages::expired, 4401, messages::start_anew), close_code::unauthorized, messages::expired,
          true},
         now);
}

} // namespace mdai::face
