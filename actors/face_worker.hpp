#pragma once
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/environment.hpp"
#include "actors/face_interfaces.hpp"
#include "vision/face_engine.hpp"

namespace mdai {

/// Makes one more engine like the others; they have proved at start that it can be done. Any thread.
using face_engine_maker = std::function<result<std::unique_ptr<vision::face_engine>>()>;

/// Looks at frames, on a thread of its own, with an engine of its own. The tracks of its streams live here.
struct face_worker_state {
  using interface = face_worker_actor;
  static inline const char* name = "mdai.face_worker";

  /// The engine is made on the worker's thread; should that fail, again with each frame.
  /// One that is not `expected` is not used.
  face_worker_state(interface::pointer self, environment& env, face::engine_info expected, face_engine_maker make);
  ~face_worker_state();
  interface::behavior_type make_behavior();

private:
  bool open();
  analysed_frame on_frame(const analyze_frame& x);
  result<face::frame_analysis> analyze(const analyze_frame& x);

  environment& env_;
  const face::engine_info expected_;
  face_engine_maker make_;
  std::chrono::steady_clock::time_point not_before_{}; ///< it is of no use to make one
  std::unique_ptr<vision::face_engine> engine_;
  std::unordered_map<uuid, std::unique_ptr<vision::face_track>> tracks_; ///< of `engine_`: they go first
};

/// Hands streams to workers in turn, and replaces the workers that die.
struct face_workers_state {
  using interface = face_workers_actor;
  static inline const char* name = "mdai.face_workers";
  static constexpr bool essential = true;

  /// Spawns the workers: with a thread each, but in tests.
  face_workers_state(interface::pointer self, environment& env, face::engine_info engine, face_engine_maker make,
                     std::size_t count, bool threads = true);
  ~face_workers_state();
  interface::behavior_type make_behavior();

private:
  face_worker_actor spawn();
  face_worker_actor on_pick();
  void on_down(const caf::actor_addr& who);

  interface::pointer self_;
  environment& env_;
  const face::engine_info engine_;
  const face_engine_maker make_;
  const bool threads_;
  std::vector<face_worker_actor> workers_;
  std::size_t next_ = 0;
};

} // namespace mdai
