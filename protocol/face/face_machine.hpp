#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/close_code.hpp"
#include "protocol/crypto.hpp"
#include "protocol/face/frame_throttle.hpp"
#include "protocol/face/records.hpp"
#include "protocol/face/stream_messages.hpp"
#include "protocol/link_id.hpp"

namespace mdai::face {

/// What decides about frames and sessions. The defaults are the contract's.
struct stream_policy {
  float quality = 0.65f;
  obstacle_scores obstacle_limits{0.50f, 0.30f, 0.30f, 0.30f};      ///< above it the frame is rejected
  std::array<bool, obstacle_kinds> blocked{true, true, true, true}; ///< which obstacles count
  // What a client asks for cannot go below these.
  int min_samples = 1, min_frames = 1, min_blinks = 0;
  bool always_liveness = false;
  int motion_required = 1;
  int frame_budget = 120; ///< frames that are analysed or no pictures; the next one ends the session
  std::size_t max_image_bytes = 1u << 20;
  unsigned max_json_depth = 128;
  unsigned bad_messages_in_a_row = 10;
};

/// What the templates say of a session's samples.
struct match_outcome {
  enum class kind : std::uint8_t {
    accepted,    ///< enrolled, or recognized
    refused,     ///< enrolled as somebody else already, or not recognized
    unavailable, ///< nobody could tell; the session goes on
  } what = kind::unavailable;
  std::string user_id{}; ///< who was recognized
  float confidence = 0;  ///< 0 to 1
};

/// What a stream has reached once its record is on the disk.
enum class stream_milestone : std::uint8_t { none, attached, ended };

/// What became of a frame.
enum class frame_fate : std::uint8_t {
  accepted,
  no_face,
  many_faces,
  covered,
  poor_quality,
  invalid_image,
  too_fast,       ///< not looked at
  engine_trouble, ///< not looked at either
  worker_lost,
};

/// What a socket is told that comes for a session that is over.
struct late_refusal {
  std::string text;
  int code = 0; ///< of the error message
  close_code close{};
};
late_refusal why_too_late(session_status status);

/// What a stream asks of the world: the actor implements it over sockets and actors, tests over vectors. Requests
/// marked
/// -> are answered later by that event, never from inside the call.
class face_port {
public:
  virtual ~face_port() = default;
  virtual void send(link_id to, std::string_view text) = 0;
  /// After what was sent is flushed.
  virtual void close(link_id link, close_code code, std::string_view reason) = 0;
  /// Journals the record -> on_stored, in the order of the calls.
  virtual void store(const session_record& record, stream_milestone reached) = 0;
  /// Looks at a frame -> on_analyzed or on_worker_lost. One at a time.
  virtual void analyze(const messages::picture& frame) = 0;
  /// For the operators.
  virtual void noted(frame_fate fate) = 0;
  /// Stores an enrolment's samples as the person's templates, together with `completed`, the record as it is then; or
  /// compares an authentication's -> on_decided.
  virtual void decide(const std::vector<embedding>& samples, const session_record& completed) = 0;
};

/// One enrolment or authentication over a stream of frames, without I/O, threads or clocks: events in, requests to the
/// port out. `now`: wall time by the session's own monotonic clock.
class face_machine {
public:
  /// `payload_key` seals the result. A record that says a socket is attached comes from before a restart: the session
  /// is disconnected, and collects its samples anew, because those went with the process.
  face_machine(session_record record, const crypto::key256& payload_key, face_port& port, const stream_policy& policy);

  // -- events of the sockets ------------------------------------------------------------------------------------------

  /// Takes the place of the socket that was here.
  void on_attach(link_id link, wall_time now);
  void on_text(link_id link, const payload& text, wall_time now);
  void on_binary(link_id link, const payload& bytes, wall_time now);
  void on_detach(link_id link);

  // -- answers of the world -------------------------------------------------------------------------------------------

  /// `liveness`: with this frame.
  void on_analyzed(const result<frame_analysis>& frame, const liveness_reading& liveness, wall_time now);
  /// The worker died over the frame.
  void on_worker_lost(wall_time now);
  void on_decided(const match_outcome& outcome, wall_time now);
  void on_stored(stream_milestone reached, bool stored, wall_time now);
  /// As soon as it is neither being decided nor ending otherwise: stored -> on_stored(ended).
  void on_cancel(wall_time now);
  /// The tenant is suspended: the socket goes, the session stays until it expires.
  void on_suspended();
  void on_expire(wall_time now);

  // -- observers ------------------------------------------------------------------------------------------------------

  /// As it is, which may be ahead of the disk.
  const session_record& record() const { return record_; }
  /// The last word is said, and stored as far as it could be.
  bool over() const { return over_; }
  bool busy() const { return in_flight_ || deciding_; }
  /// Its end is on the way to the disk.
  bool ending() const { return ending_; }
  link_id attached() const { return link_; }
  bool enrolment() const { return record_.kind == session_kind::enrollment; }

private:
  /// How a session ends, once that is stored.
  struct farewell {
    std::string text;
    close_code code = close_code::done;
    std::string_view reason;
    bool whatever = false; ///< it ends even when that cannot be stored
  };
  struct sample {
    float quality = 0;
    embedding descriptor;
  };

  void refuse(link_id link, std::string_view text, int code, std::string_view message, close_code close);
  void admit(wall_time now);
  void welcome(wall_time now);
  void disconnect();
  void complain(const boost::system::error_code& why);
  void on_picture(messages::picture frame, wall_time now);
  void look_at(messages::picture frame, wall_time now);
  void next(wall_time now);
  void too_fast();
  void tell(std::string_view text);
  void answer(std::string_view text);
  void failed_frame(const boost::system::error_code& why);
  void judge(wall_time now);
  std::vector<obstacle> covered_by() const;
  void keep_sample();
  bool complete() const;
  bool seen_alive() const;
  bool either_will_do() const;
  messages::progress progress() const;
  std::string next_step() const;
  void judge_clean(wall_time now);
  void decide(wall_time now);
  void drop_link(std::string_view text, int code, std::string_view message, close_code close);
  void finish(session_status status, std::string_view reason, farewell how, wall_time now);
  void end();
  void not_stored(wall_time now);
  farewell enrolled(const match_outcome& outcome, wall_time now);
  farewell recognized(const match_outcome& outcome, wall_time now);
  float mean_quality() const;

  session_record record_;
  session_record before_end_; ///< what it is again when its end cannot be stored
  const crypto::key256 key_;
  face_port& port_;
  const stream_policy policy_;
  int frames_required_, blinks_required_, motion_required_;

  link_id link_ = 0;
  bool ready_ = false;     ///< the link has been welcomed
  unsigned attaching_ = 0; ///< stores under way for it
  unsigned bad_messages_ = 0;
  frame_throttle throttle_;
  std::optional<messages::picture> waiting_; ///< the newest, behind the one in flight
  link_id asker_ = 0;                        ///< whose frame is in flight
  bool in_flight_ = false, deciding_ = false, ending_ = false, over_ = false;
  bool overdue_ = false, cancelled_ = false; ///< it is to end so when it does not end otherwise

  messages::seen seen_;         ///< the last analysed frame
  std::vector<sample> samples_; ///< the best ones, best first
  farewell farewell_;
};

} // namespace mdai::face
