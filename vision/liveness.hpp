#pragma once
#include "protocol/face/analysis.hpp"

namespace mdai::vision {

/// What the liveness rules have seen so far.
struct liveness_reading {
  float ear = 0;  ///< eye aspect ratio as clients know it: 0.30 x openness / its running 75th percentile
  int blinks = 0; ///< complete ones: closed and open again
  int motion_events = 0;
  float motion_score = 0; ///< 0 to 1: how far the head is from where it last rested; 1 is one event's worth
  bool still = false;     ///< the last frames do not vary at all: a still picture
};

/// Counts blinks and movements of the head over one session's frames. Outside the engines, so that all share the rules;
/// kept with the session, so that it survives a lost socket. One thread.
class liveness_tracker {
public:
  /// Takes the next analysed frame, whatever its status.
  const liveness_reading& observe(const face::frame_analysis& frame);
  const liveness_reading& reading() const { return reading_; }

private:
  liveness_reading reading_;
};

} // namespace mdai::vision
