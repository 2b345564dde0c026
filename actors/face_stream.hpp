#pragma once
#include <memory>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/face_interfaces.hpp"
#include "actors/face_link.hpp"
#include "protocol/face/face_machine.hpp"
#include "vision/liveness.hpp"

namespace mdai {

/// What the settings say about streams.
face::stream_policy stream_policy_of(const settings& s);

/// A face session as an actor: its machine decides, this carries out. Lives on the loop of its token from creation (or
/// recovery) to its end.
struct face_stream_state final : private face::face_port {
  using interface = face_stream_actor;
  static inline const char* name = "mdai.face_stream";

  face_stream_state(interface::pointer self, environment& env, face_stream_seed seed);
  ~face_stream_state();
  interface::behavior_type make_behavior();

private:
  using canceller = caf::typed_response_promise<face::session_record>;

  // What the machine asks for.
  void send(link_id to, std::string_view text) override;
  void close(link_id link, close_code code, std::string_view reason) override;
  void store(const face::session_record& record, face::stream_milestone reached) override;
  void analyze(const face::messages::picture& frame) override;
  void noted(face::frame_fate fate) override;
  void decide(const std::vector<face::embedding>& samples, const face::session_record& completed) override;

  void on_join(const join_face_stream& x);
  void on_text(const face_text& x);
  void on_image(const face_image& x);
  void on_deadline();
  face::session_record view() const;
  caf::result<face::session_record> on_cancel();
  void answer_cancellers(const caf::error& why);

  void look_at(const face::messages::picture& frame);
  void on_analysed(const analysed_frame& x);
  void on_worker_lost();
  void leave_worker();
  void decide_with(const face::engine_info& engine, const std::vector<face::embedding>& samples,
                   const face::session_record& completed);
  void enrol(const face::engine_info& engine, const std::vector<face::embedding>& samples,
             const face::session_record& completed);
  void on_enrolled(const face_enrolled& x, const face::session_record& completed);
  void on_match(const face_match& x);
  void undecided();
  void announce(const face::session_record& journaled);
  /// After each event: what is over goes.
  void settle();
  void count_attached();

  wall_time now() const;
  face_link* find(link_id id);

  interface::pointer self_;
  environment& env_;
  std::chrono::steady_clock::time_point deadline_;
  face::face_machine machine_;
  vision::liveness_tracker liveness_;
  face::session_record journaled_;                ///< what the disk has, and others may know
  std::vector<std::shared_ptr<face_link>> links_; ///< the attached one, and those that are closing
  face_worker_actor worker_;
  std::chrono::steady_clock::time_point handed_over_{}; ///< the frame in flight
  std::vector<canceller> cancellers_;
  bool left_ = false, counted_ = false;
};

} // namespace mdai
