#pragma once

namespace mdai::face {

/// What the liveness rules have seen of one session so far.
struct liveness_reading {
  float ear = 0;  ///< eye aspect ratio as clients know it: 0.30 x openness / its running 75th percentile
  int blinks = 0; ///< complete ones: closed and open again
  int motion_events = 0;
  float motion_score = 0; ///< 0 to 1: how far the head is from where it last rested; 1 is one event's worth
  bool still = false;     ///< the last frames do not vary at all: a still picture
};

} // namespace mdai::face
