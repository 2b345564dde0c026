#include <algorithm>

#include "protocol/face/face_machine.hpp"
#include "protocol/face/guidance.hpp"

/// What a frame is worth: whether it is looked at, what is said to it, and when there are enough.
namespace mdai::face {
namespace {

constexpr std::string_view wait_a_little = R"({"max_fps":10})";

frame_throttle::time_point steady(wall_time t) { return frame_throttle::time_point{t.time_since_epoch()}; }

/// The picture is to blame. With all else it is the engine: nobody looked at it.
bool is_bad_picture(const boost::system::error_code& e) {
  return e == errc::invalid_image || e == errc::malformed_base64 || e == errc::image_too_large ||
         e == errc::image_too_small;
}

} // namespace

void face_machine::too_fast() {
  port_.noted(frame_fate::too_fast);
  tell(messages::error(messages::too_fast, 429, messages::slow_down, wait_a_little));
}

// A slow engine never builds a queue: one frame is looked at, the newest waits.
void face_machine::on_picture(messages::picture frame, wall_time now) {
  if (!throttle_.take(steady(now)))
    return too_fast();
  if (!busy() && ready_)
    return look_at(std::move(frame), now);
  if (waiting_)
    too_fast();
  waiting_ = std::move(frame);
}

void face_machine::next(wall_time now) {
  if (waiting_ && ready_ && !busy() && !ending_)
    look_at(*std::exchange(waiting_, std::nullopt), now);
}

void face_machine::look_at(messages::picture frame, wall_time now) {
  if (static_cast<int>(record_.frames_counted) >= policy_.frame_budget)
    return finish(session_status::failed, messages::out_of_frames,
                  {messages::error(messages::out_of_frames, 4429, messages::start_anew), close_code::rate_limited,
                   messages::out_of_frames, true},
                  now);
  in_flight_ = true;
  asker_ = link_;
  port_.analyze(frame);
}

void face_machine::on_analyzed(const result<frame_analysis>& frame, const liveness_reading& liveness, wall_time now) {
  in_flight_ = false;
  if (ending_ || over_)
    return;
  if (frame) {
    ++record_.frames_counted;
    seen_ = {*frame, liveness, liveness.blinks >= blinks_required_, liveness.motion_events >= motion_required_,
             seen_.frame_counter + 1};
    judge(now);
  } else {
    failed_frame(frame.error());
  }
  next(now);
}

void face_machine::failed_frame(const boost::system::error_code& why) {
  const bool bad = is_bad_picture(why);
  port_.noted(bad ? frame_fate::invalid_image : frame_fate::engine_trouble);
  if (!bad)
    return answer(messages::error(messages::engine_unavailable, 503, messages::try_again));
  ++record_.frames_counted;
  answer(messages::error(messages::invalid_image, 400,
                         "Send a whole JPEG or PNG picture of at most " + std::to_string(policy_.max_image_bytes) +
                             " bytes, 64 to 4096 pixels wide and high, 8 megapixels at most"));
}

void face_machine::on_worker_lost(wall_time now) {
  in_flight_ = false;
  if (ending_ || over_)
    return;
  port_.noted(frame_fate::worker_lost);
  ++record_.frames_counted; // a picture that kills workers is not sent for ever
  answer(messages::error(messages::internal, 500, messages::try_again));
  next(now);
}

std::vector<obstacle> face_machine::covered_by() const {
  std::vector<obstacle> out;
  for (std::size_t i = 0; i < obstacle_kinds; ++i)
    if (policy_.blocked[i] && seen_.frame.obstacles[i] > policy_.obstacle_limits[i])
      out.push_back(static_cast<obstacle>(i));
  return out;
}

void face_machine::judge(wall_time now) {
  auto failed = [&](frame_fate fate, std::string_view error, std::string_view advice) {
    port_.noted(fate);
    answer(messages::frame_failed(error, static_cast<int>(record_.frames_processed), seen_, advice));
  };
  auto& f = seen_.frame;
  if (f.status == frame_status::no_face)
    return failed(frame_fate::no_face, messages::no_face, guidance::show_face);
  if (f.status == frame_status::many_faces)
    return failed(frame_fate::many_faces, messages::many_faces, guidance::one_person);
  if (auto obstacles = covered_by(); !obstacles.empty()) {
    port_.noted(frame_fate::covered);
    return answer(messages::frame_rejected(obstacles, seen_, guidance::uncover(obstacles)));
  }
  if (!(f.quality >= policy_.quality) || !f.descriptor) // a quality that is no number is none
    return failed(frame_fate::poor_quality, messages::poor_quality, guidance::improve(f.issue));
  judge_clean(now);
}

void face_machine::judge_clean(wall_time now) {
  port_.noted(frame_fate::accepted);
  ++record_.frames_processed;
  keep_sample();
  answer(messages::frame_processed(progress(), seen_, next_step()));
  if (complete() && link_) // who is gone could not be told of it
    decide(now);
}

void face_machine::decide(wall_time now) {
  deciding_ = true;
  std::vector<embedding> best;
  for (auto& s : samples_)
    best.push_back(s.descriptor);
  auto completed = record_;
  completed.status = session_status::completed;
  completed.completed_at = now;
  port_.decide(best, completed);
}

void face_machine::keep_sample() {
  auto better = [](float quality, const sample& s) { return quality > s.quality; };
  auto at = std::upper_bound(samples_.begin(), samples_.end(), seen_.frame.quality, better);
  samples_.insert(at, {seen_.frame.quality, std::move(*seen_.frame.descriptor)});
  seen_.frame.descriptor.reset();
  if (samples_.size() > static_cast<std::size_t>(frames_required_))
    samples_.pop_back();
}

/// Whether the person has shown to be alive. For an authentication either rule is enough, but one that asks for nothing
/// shows nothing.
bool face_machine::seen_alive() const {
  const bool blinked = blinks_required_ > 0 && seen_.blinks_ok, moved = motion_required_ > 0 && seen_.motion_ok;
  if (enrolment())
    return (blinked || moved) && seen_.blinks_ok && seen_.motion_ok;
  return blinked || moved;
}

/// Whether a blink or a movement will do. By the letter of the contract a client that asks an authentication for no
/// blinks has that rule fulfilled; where liveness is not the client's choice, the other one stays.
bool face_machine::either_will_do() const {
  const bool both_ask = blinks_required_ > 0 && motion_required_ > 0;
  return !enrolment() && (both_ask || !policy_.always_liveness);
}

/// Asked when a clean frame has come.
bool face_machine::complete() const {
  if (static_cast<int>(record_.frames_processed) < frames_required_)
    return false;
  return either_will_do() ? seen_.blinks_ok || seen_.motion_ok : seen_.blinks_ok && seen_.motion_ok;
}

messages::progress face_machine::progress() const {
  auto part = [](int have, int need) { return need <= 0 ? 1.f : std::min(1.f, float(have) / float(need)); };
  constexpr float of_a_still_picture = 0.5f;
  auto& l = seen_.liveness;
  auto score = (part(l.blinks, blinks_required_) + part(l.motion_events, motion_required_)) / 2;
  return {.enrolment = enrolment(),
          .frames_processed = static_cast<int>(record_.frames_processed),
          .frames_required = frames_required_,
          .quality_threshold = policy_.quality,
          .liveness_score = l.still ? score * of_a_still_picture : score,
          .liveness_verified = seen_alive(),
          .blinks_required = blinks_required_,
          .motion_required = motion_required_};
}

std::string face_machine::next_step() const {
  return guidance::next_step({seen_.liveness.blinks, blinks_required_},
                             {seen_.liveness.motion_events, motion_required_},
                             {static_cast<int>(record_.frames_processed), frames_required_}, either_will_do());
}

} // namespace mdai::face
