#include <chrono>

#include "actors/face_metrics.hpp"
#include "actors/face_stream.hpp"
#include "actors/log.hpp"
#include "storage/face_records.hpp"
#include "vision/template_index.hpp"

/// From a frame to a worker, and from a session's samples to the gallery.
namespace mdai {
namespace {

using namespace std::chrono_literals;

/// A worker that has not answered by then, with what a remote engine may take, never will.
constexpr auto analysis_timeout = 30s;

} // namespace

// -- frames -----------------------------------------------------------------------------------------------------------

void face_stream_state::noted(face::frame_fate fate) { face_metrics::count(fate); }

void face_stream_state::analyze(const face::messages::picture& frame) {
  handed_over_ = env_.steady();
  if (worker_)
    return look_at(frame);
  self_->request(env_.face_workers, analysis_timeout, pick_face_worker{})
      .then(
          [this, frame](const face_worker_actor& worker) {
            worker_ = worker;
            look_at(frame);
          },
          [this](const caf::error&) { on_worker_lost(); });
}

void face_stream_state::look_at(const face::messages::picture& frame) {
  auto patience = analysis_timeout + env_.now()->settings.face.remote_timeout;
  self_->request(worker_, patience, analyze_frame{journaled_.session_id, frame, env_.steady() + patience})
      .then([this](const analysed_frame& x) { on_analysed(x); },
            [this](const caf::error& why) {
              if (why != caf::sec::request_timeout)
                return on_worker_lost();
              leave_worker(); // it has too much to do, which is not this person's fault
              on_analysed({{}, errc::timed_out});
            });
}

void face_stream_state::on_analysed(const analysed_frame& x) {
  result<face::frame_analysis> frame = x.why;
  if (x.analysis) {
    liveness_.observe(*x.analysis);
    frame = *x.analysis;
  }
  face_metrics::frame_seconds.observe(std::chrono::duration<double>(env_.steady() - handed_over_).count());
  machine_.on_analyzed(frame, liveness_.reading(), now());
  settle();
}

void face_stream_state::on_worker_lost() {
  log::warning("face_worker_lost").with("session_id", journaled_.session_id.text());
  leave_worker();
  machine_.on_worker_lost(now());
  settle();
}

void face_stream_state::leave_worker() {
  if (auto worker = std::exchange(worker_, nullptr))
    caf::anon_send(worker, drop_track{journaled_.session_id});
}

// -- the decision -----------------------------------------------------------------------------------------------------

void face_stream_state::decide(const std::vector<face::embedding>& samples, const face::session_record& completed) {
  self_->request(env_.face_workers, caf::infinite, describe_engine{})
      .then([this, samples, completed](const face::engine_info& engine) { decide_with(engine, samples, completed); },
            [this](const caf::error&) { undecided(); });
}

void face_stream_state::decide_with(const face::engine_info& engine, const std::vector<face::embedding>& samples,
                                    const face::session_record& completed) {
  if (machine_.enrolment())
    return enrol(engine, samples, completed);
  auto ask = [this](auto question) {
    self_->request(env_.face_gallery, caf::infinite, std::move(question))
        .then([this](const face_match& x) { on_match(x); }, [this](const caf::error&) { undecided(); });
  };
  auto probe = vision::mean_of(samples);
  if (completed.kind == face::session_kind::verification)
    ask(verify_face{completed.person, engine, std::move(probe)});
  else
    ask(identify_face{completed.client_id, engine, std::move(probe)});
}

void face_stream_state::enrol(const face::engine_info& engine, const std::vector<face::embedding>& samples,
                              const face::session_record& completed) {
  enrol_face wanted;
  auto& t = wanted.templates;
  t.person = completed.person;
  t.client_id = completed.client_id;
  t.user_id = completed.user_id;
  t.engine_id = engine.id;
  t.engine_version = engine.version;
  t.dimension = engine.dimension;
  t.embeddings = samples;
  t.enrolled_at = *completed.completed_at;
  wanted.thresholds = engine.thresholds;
  wanted.also.put(storage::column::face_sessions, storage::face_session_key(completed), storage::encode(completed));
  self_->request(env_.face_gallery, caf::infinite, std::move(wanted))
      .then([this, completed](const face_enrolled& x) { on_enrolled(x, completed); },
            [this](const caf::error&) { undecided(); });
}

void face_stream_state::on_enrolled(const face_enrolled& x, const face::session_record& completed) {
  using kind = face::match_outcome::kind;
  bool enrolled = x.what == face_enrolled::outcome::stored;
  if (enrolled)
    announce(completed);
  machine_.on_decided({enrolled ? kind::accepted : kind::refused}, now());
  settle();
}

void face_stream_state::on_match(const face_match& x) {
  using kind = face::match_outcome::kind;
  auto user = machine_.record().kind == face::session_kind::verification ? machine_.record().user_id : x.user_id;
  machine_.on_decided({x.matched ? kind::accepted : kind::refused, std::move(user), x.likeness}, now());
  settle();
}

void face_stream_state::undecided() {
  machine_.on_decided({}, now());
  settle();
}

} // namespace mdai
