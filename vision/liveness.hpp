#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "protocol/face/analysis.hpp"
#include "protocol/face/liveness_reading.hpp"

namespace mdai::vision {

using face::liveness_reading;

/// Counts blinks and movements of the head over one session's frames. Outside the engines, so that all share the rules;
/// kept with the session, so that it survives a lost socket. One thread.
///
/// A blink: both eyes together less than half as open as usual, for 1 to 15 frames, then open again, while the head
/// does not move. A movement: the face's middle or its size is 7% of its width from where it last rested.
class liveness_tracker {
public:
  /// Takes the next analysed frame, whatever its status.
  const liveness_reading& observe(const face::frame_analysis& frame);
  const liveness_reading& reading() const { return reading_; }

private:
  /// Where a face is: its middle and its width, in pixels.
  struct place {
    float x = 0, y = 0, width = 0;
  };
  /// How open one eye was lately.
  class eye_history {
  public:
    void learn(float openness);
    /// How open it is now, as a part of what is usual; nothing while that is not known.
    std::optional<float> relative(float openness) const;
    void forget() { values_.clear(); }

  private:
    std::deque<float> values_;
  };

  void forget_face();
  void observe_motion(const place& now);
  void observe_eyes(const std::array<float, 2>& openness);
  void count_blink(float openness);
  void observe_stillness(const face::frame_analysis& frame);

  liveness_reading reading_;
  std::int64_t frame_ = 0;
  int frames_without_face_ = 0;
  std::deque<place> places_; ///< the last three
  std::optional<place> rest_;
  std::int64_t last_event_ = 0, last_moving_ = 0; ///< frames
  std::array<eye_history, 2> eyes_;
  std::optional<std::int64_t> closed_since_;
  std::optional<std::array<float, 3>> last_measures_; ///< quality, and how open each eye is
  int unchanged_ = 0;                                 ///< frames in a row with the same measures
};

} // namespace mdai::vision
