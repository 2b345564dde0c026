#include "vision/liveness.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace mdai::vision {
namespace {

constexpr int patience = 3;           ///< frames without a face until it may be another one
constexpr float shift = 0.07f;        ///< of the face's width, or of the logarithm of its size: a movement
constexpr float drift = 0.05f;        ///< how fast the place of rest follows
constexpr std::int64_t event_gap = 5; ///< frames between two events
constexpr float moving = 0.10f;       ///< face widths within three frames: nothing is a blink meanwhile
constexpr std::int64_t settling = 2;  ///< frames after that
constexpr std::size_t usual_frames = 25, least_frames = 4;
constexpr float closed = 0.5f, open = 0.7f; ///< of what is usual
constexpr std::int64_t longest_blink = 15;
constexpr float unsteady = 0.55f; ///< median to upper quartile: below, nobody can say what is usual
constexpr float usual_ear = 0.30f, widest = 1.3f;
constexpr int still_frames = 5; ///< that do not differ from the one before: no camera does that

template <class T>
void push(std::deque<T>& values, T value, std::size_t most) {
  values.push_back(value);
  if (values.size() > most)
    values.pop_front();
}

} // namespace

void liveness_tracker::eye_history::learn(float openness) { push(values_, openness, usual_frames); }

std::optional<float> liveness_tracker::eye_history::relative(float openness) const {
  if (values_.size() < least_frames)
    return std::nullopt;
  std::vector<float> sorted(values_.begin(), values_.end());
  std::sort(sorted.begin(), sorted.end());
  const float usual = sorted[sorted.size() * 3 / 4], middle = sorted[sorted.size() / 2];
  if (usual <= 0 || middle < unsteady * usual)
    return std::nullopt;
  return openness / usual;
}

const liveness_reading& liveness_tracker::observe(const face::frame_analysis& frame) {
  ++frame_;
  if (frame.status != face::frame_status::one_face || !frame.face) {
    if (frame.status == face::frame_status::many_faces || ++frames_without_face_ > patience)
      forget_face();
    return reading_;
  }
  frames_without_face_ = 0;
  const auto& box = *frame.face;
  observe_motion({static_cast<float>(box.left + box.right) / 2, static_cast<float>(box.top + box.bottom) / 2,
                  std::max(1.0f, static_cast<float>(box.right - box.left))});
  if (frame.eye_openness)
    observe_eyes(*frame.eye_openness);
  observe_stillness(frame);
  return reading_;
}

void liveness_tracker::forget_face() {
  places_.clear();
  rest_.reset();
  closed_since_.reset();
  last_measures_.reset();
  unchanged_ = 0;
  reading_.still = false;
  for (auto& eye : eyes_)
    eye.forget();
}

void liveness_tracker::observe_motion(const place& now) {
  push(places_, now, 3);
  if (places_.size() < 3)
    return;
  // The median of three frames: one jump of the detector is no movement.
  auto median = [&](float place::*member) {
    const float a = places_[0].*member, b = places_[1].*member, c = places_[2].*member;
    return std::max(std::min(a, b), std::min(std::max(a, b), c));
  };
  const place here{median(&place::x), median(&place::y), median(&place::width)};
  if (!rest_)
    rest_ = here;
  const float away = std::max(std::hypot(here.x - rest_->x, here.y - rest_->y) / rest_->width,
                              std::abs(std::log(here.width / rest_->width)));
  reading_.motion_score = std::min(1.0f, away / shift);
  if (away > shift) {
    if (reading_.motion_events == 0 || frame_ - last_event_ > event_gap) {
      ++reading_.motion_events;
      last_event_ = frame_;
    }
    rest_ = here;
  } else {
    rest_->x += drift * (here.x - rest_->x);
    rest_->y += drift * (here.y - rest_->y);
    rest_->width += drift * (here.width - rest_->width);
  }
  if (std::hypot(places_[2].x - places_[0].x, places_[2].y - places_[0].y) > moving * here.width)
    last_moving_ = frame_;
}

void liveness_tracker::observe_eyes(const std::array<float, 2>& openness) {
  if (closed_since_ && frame_ - *closed_since_ > longest_blink) { // then that is how this face looks
    closed_since_.reset();
    for (auto& eye : eyes_)
      eye.forget();
  }
  const bool learning = !closed_since_; // what is closed for a moment says nothing about what is usual
  std::optional<float> relative[2];
  for (std::size_t i = 0; i < 2; ++i) {
    if (learning)
      eyes_[i].learn(openness[i]);
    relative[i] = eyes_[i].relative(openness[i]);
  }
  if (!relative[0] || !relative[1]) {
    closed_since_.reset();
    return;
  }
  const float both = (*relative[0] + *relative[1]) / 2;
  reading_.ear = usual_ear * std::clamp(both, 0.0f, widest);
  count_blink(both);
}

void liveness_tracker::count_blink(float openness) {
  if (last_moving_ != 0 && frame_ - last_moving_ <= settling) {
    closed_since_.reset();
  } else if (!closed_since_) {
    if (openness < closed)
      closed_since_ = frame_;
  } else if (openness > open) {
    ++reading_.blinks;
    closed_since_.reset();
  }
}

void liveness_tracker::observe_stillness(const face::frame_analysis& frame) {
  const auto eyes = frame.eye_openness.value_or(std::array<float, 2>{});
  const std::array measures{frame.quality, eyes[0], eyes[1]};
  unchanged_ = last_measures_ == measures ? unchanged_ + 1 : 0;
  last_measures_ = measures;
  reading_.still = unchanged_ >= still_frames;
}

} // namespace mdai::vision
