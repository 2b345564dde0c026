#pragma once
#include "actors/metric.hpp"
#include "protocol/face/face_machine.hpp"

/// What operators see of face sessions and frames.
namespace mdai::face_metrics {

extern metric attached; ///< streams with a socket
extern metric workers, workers_busy, workers_replaced;
extern metric people; ///< in the gallery's indexes
extern metric likenesses;
extern timing frame_seconds;

void count(face::frame_fate fate);
/// A session has ended.
void count(face::session_status end);

} // namespace mdai::face_metrics
