#include "actors/face_metrics.hpp"

#include <array>

namespace mdai::face_metrics {
namespace {

metric frames(const char* fate) {
  return {metric::kind::counter,
          "mdai_face_frames_total",
          "Frames of face sessions, by what became of them",
          {{"fate", fate}}};
}
metric ends(const char* status) {
  return {metric::kind::counter,
          "mdai_face_sessions_ended_total",
          "Face sessions that are over, by how they ended",
          {{"status", status}}};
}

std::array<metric, 9> by_fate{frames("accepted"), frames("no_face"),        frames("many_faces"),
                              frames("covered"),  frames("poor_quality"),   frames("invalid_image"),
                              frames("too_fast"), frames("engine_trouble"), frames("worker_lost")};
std::array<metric, 4> by_status{ends("completed"), ends("failed"), ends("expired"), ends("cancelled")};

} // namespace

metric attached{metric::kind::gauge, "mdai_face_streams_attached", "Face sessions with a camera connected"};
metric workers{metric::kind::gauge, "mdai_face_workers", "Workers that analyse frames"};
metric workers_busy{metric::kind::gauge, "mdai_face_workers_busy", "Workers that look at a frame now"};
metric workers_replaced{metric::kind::counter, "mdai_face_workers_replaced_total",
                        "Workers that died and were replaced"};
metric people{metric::kind::gauge, "mdai_face_people", "People with templates of the running engine"};
metric likenesses{metric::kind::counter, "mdai_face_duplicates_total",
                  "Enrolments of a face that is like another person's of the tenant"};
timing frame_seconds{"mdai_face_frame_seconds", "Time from handing a frame to a worker to its answer"};

void count(face::frame_fate fate) { ++by_fate[static_cast<std::size_t>(fate)]; }

void count(face::session_status end) {
  ++by_status[static_cast<std::size_t>(end) - static_cast<std::size_t>(face::session_status::completed)];
}

} // namespace mdai::face_metrics
