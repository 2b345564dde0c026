#include "actors/face_worker.hpp"

#include <chrono>

#include "actors/face_metrics.hpp"
#include "actors/hosted.hpp"
#include "actors/log.hpp"

namespace mdai {
namespace {

/// Counts one while it lives, whatever happens meanwhile.
struct counted {
  explicit counted(metric& m)
      : gauge(m) {
    ++gauge;
  }
  ~counted() { --gauge; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  metric& gauge;
};

} // namespace

// -- a worker ---------------------------------------------------------------------------------------------------------

face_worker_state::face_worker_state(interface::pointer, environment& env, face::engine_info expected,
                                     face_engine_maker make)
    : env_(env)
    , expected_(std::move(expected))
    , make_(std::move(make)) {
  ++face_metrics::workers;
}

face_worker_state::~face_worker_state() { --face_metrics::workers; }

face_worker_actor::behavior_type face_worker_state::make_behavior() {
  open(); // here and not in the constructor: this is the worker's own thread
  return {[this](const analyze_frame& x) { return on_frame(x); },
          [this](const drop_track& x) { tracks_.erase(x.session_id); }};
}

// A service or a file that was replaced since the start describes faces in another way: its embeddings must not stand
// beside the others under their name. A restart of the broker takes it.
bool face_worker_state::open() {
  if (env_.steady() < not_before_)
    return false;
  auto made = make_();
  if (!made)
    return false;
  const auto& found = (*made)->info();
  if (found.id != expected_.id || found.version != expected_.version || found.dimension != expected_.dimension) {
    log::error("face_engine_changed").with("engine", found.id).with("engine_version", found.version);
    not_before_ = env_.steady() + std::chrono::minutes{1};
    return false;
  }
  engine_ = std::move(*made);
  return true;
}

analysed_frame face_worker_state::on_frame(const analyze_frame& x) {
  counted now{face_metrics::workers_busy};
  auto frame = analyze(x);
  if (frame)
    return {std::move(*frame), {}};
  return {{}, static_cast<errc>(frame.error().value())};
}

// An exception of the engine ends this actor, and the pool makes another: what state a thrown-through engine is in
// nobody knows.
result<face::frame_analysis> face_worker_state::analyze(const analyze_frame& x) {
  if (env_.steady() >= x.until) // an overloaded worker does not add to its load
    return errc::timed_out;
  auto image = face::messages::bytes_of(x.frame, env_.now()->settings.face.max_image_bytes);
  if (!image)
    return errc::invalid_image;
  if (!engine_ && !open())
    return errc::overloaded;
  auto& track = tracks_[x.session_id];
  if (!track)
    track = engine_->open_track();
  return track->analyze(*image, {});
}

// -- all of them ------------------------------------------------------------------------------------------------------

face_workers_state::face_workers_state(interface::pointer self, environment& env, face::engine_info engine,
                                       face_engine_maker make, std::size_t count, bool threads)
    : self_(self)
    , env_(env)
    , engine_(std::move(engine))
    , make_(std::move(make))
    , threads_(threads) {
  self_->set_down_handler([this](const caf::down_msg& x) { on_down(x.source); });
  for (std::size_t i = 0; i < count; ++i)
    workers_.push_back(spawn());
}

face_workers_state::~face_workers_state() {
  for (auto& w : workers_)
    caf::anon_send_exit(w, caf::exit_reason::kill); // and its thread
}

face_workers_actor::behavior_type face_workers_state::make_behavior() {
  return {[this](const pick_face_worker&) { return on_pick(); }, [this](const describe_engine&) { return engine_; }};
}

face_worker_actor face_workers_state::spawn() {
  auto worker = threads_ ? spawn_on<face_worker_state, caf::detached>(*env_.system, nullptr, env_, engine_, make_)
                         : spawn_on<face_worker_state>(*env_.system, nullptr, env_, engine_, make_);
  self_->monitor(worker);
  return worker;
}

// A stream keeps the worker that it has been given, so that in turn is fair.
face_worker_actor face_workers_state::on_pick() { return workers_[next_++ % workers_.size()]; }

void face_workers_state::on_down(const caf::actor_addr& who) {
  for (auto& w : workers_)
    if (w.address() == who) {
      ++face_metrics::workers_replaced;
      ++counters_of(face_worker_state::name).restarted;
      w = spawn();
    }
}

} // namespace mdai
