#pragma once
#include <CLI/CLI.hpp>

#include "bench/sim/camera_frames.hpp"
#include "bench/sim/face_client.hpp"

namespace mdai::sim {

/// Many cameras at once, to measure a broker.
struct camera_load {
  unsigned streams = 0; ///< 0: no measuring
  unsigned seconds = 20;
  int pid = 0; ///< of the broker: its CPU time is taken
};

/// --streams, --seconds, --pid.
void add_load(CLI::App& app, camera_load& load);

/// Streams binary frames at 10 a second each, in sessions that do not come to an end, and prints frames a second, the
/// broker's CPU time for each, and how long answers take. Answers the exit status.
int run_load(reactor& r, const face_account& who, const camera_load& load, const frame_source& source);

} // namespace mdai::sim
