#include "actors/face_stream.hpp"

#include <algorithm>
#include <chrono>

#include "actors/face_metrics.hpp"
#include "actors/log.hpp"
#include "protocol/face/guidance.hpp"
#include "storage/face_records.hpp"

/// Sockets, time and the journal; frames and what becomes of them stand in face_stream_frames.cpp.
namespace mdai {

using namespace std::chrono_literals;

face::stream_policy stream_policy_of(const settings& s) {
  face::stream_policy p;
  auto& f = s.face;
  p.quality = static_cast<float>(f.min_quality);
  p.obstacle_limits = {static_cast<float>(f.glasses_threshold), static_cast<float>(f.mask_threshold),
                       static_cast<float>(f.hat_threshold), static_cast<float>(f.hand_threshold)};
  for (std::size_t i = 0; i < face::obstacle_kinds; ++i)
    p.blocked[i] = std::count(f.blocked_obstacles.begin(), f.blocked_obstacles.end(),
                              face::guidance::name(static_cast<face::obstacle>(i))) > 0;
  p.min_samples = static_cast<int>(f.min_samples);
  p.min_frames = static_cast<int>(f.min_frames);
  p.min_blinks = static_cast<int>(f.min_blinks);
  p.always_liveness = !f.liveness_optional;
  p.frame_budget = static_cast<int>(f.max_frames);
  p.max_image_bytes = f.max_image_bytes;
  p.max_json_depth = s.limits.max_json_depth;
  p.bad_messages_in_a_row = s.limits.bad_messages_in_a_row;
  return p;
}

face_stream_state::face_stream_state(interface::pointer self, environment& env, face_stream_seed seed)
    : self_(self)
    , env_(env)
    , deadline_(seed.deadline)
    , machine_(std::move(seed.record), seed.payload_key, *this, stream_policy_of(env.now()->settings))
    , journaled_(machine_.record()) {}

face_stream_state::~face_stream_state() {
  face_metrics::attached += -counted_;
  leave_worker();
  answer_cancellers(caf::make_error(caf::sec::request_receiver_down)); // nobody hears of a promise that is forgotten
}

face_stream_actor::behavior_type face_stream_state::make_behavior() {
  on_deadline(); // arms the timer
  return {[this](const join_face_stream& x) {
            on_join(x);
            return face_joined{};
          },
          [this](const face_text& x) { on_text(x); },
          [this](const face_image& x) { on_image(x); },
          [this](const face_link_gone& x) {
            std::erase_if(links_, [&](auto& l) { return l->id == x.from; });
            machine_.on_detach(x.from);
            settle();
          },
          [this](const face_deadline&) { on_deadline(); },
          [this](const client_suspended&) {
            machine_.on_suspended();
            settle();
          },
          [this](const look&) { return view(); },
          [this](const cancel_face_session&) { return on_cancel(); }};
}

// -- sockets ----------------------------------------------------------------------------------------------------------

void face_stream_state::on_join(const join_face_stream& x) {
  links_.push_back(x.who);
  log::info("face_joined").with("session_id", journaled_.session_id.text()).with("request_id", x.who->trace.request_id);
  machine_.on_attach(x.who->id, now());
  settle();
}

void face_stream_state::on_text(const face_text& x) {
  machine_.on_text(x.from, x.text, now());
  if (auto l = find(x.from))
    l->socket->consumed(x.text.size());
  settle();
}

void face_stream_state::on_image(const face_image& x) {
  machine_.on_binary(x.from, x.image, now());
  if (auto l = find(x.from))
    l->socket->consumed(x.image.size());
  settle();
}

face_link* face_stream_state::find(link_id id) {
  auto it = std::find_if(links_.begin(), links_.end(), [id](auto& l) { return l->id == id; });
  return it == links_.end() ? nullptr : it->get();
}

void face_stream_state::send(link_id to, std::string_view text) {
  if (auto l = find(to))
    l->socket->send(payload{text});
}

void face_stream_state::close(link_id link, close_code code, std::string_view reason) {
  if (auto l = find(link))
    l->socket->close(code, std::string{reason});
}

// -- time -------------------------------------------------------------------------------------------------------------

wall_time face_stream_state::now() const {
  return journaled_.expires_at - std::chrono::duration_cast<milliseconds>(deadline_ - env_.steady());
}

void face_stream_state::on_deadline() {
  auto left = deadline_ - env_.steady();
  if (left > 0s)
    return self_->delayed_send(self_, left, face_deadline{});
  machine_.on_expire(now());
  settle();
}

// -- the journal ------------------------------------------------------------------------------------------------------

void face_stream_state::store(const face::session_record& record, face::stream_milestone reached) {
  mdai::store put;
  put.batch.put(storage::column::face_sessions, storage::face_session_key(record), storage::encode(record));
  self_->request(env_.persistence, caf::infinite, std::move(put))
      .then(
          [this, record, reached](stored) {
            announce(record);
            machine_.on_stored(reached, true, now());
            settle();
          },
          [this, reached](const caf::error& why) {
            machine_.on_stored(reached, false, now());
            if (reached == face::stream_milestone::ended && !machine_.over() && !machine_.ending())
              answer_cancellers(why);
            settle();
          });
}

/// Who hears of a change from the socket and asks the registry finds it there.
void face_stream_state::announce(const face::session_record& journaled) {
  journaled_ = journaled;
  self_->send(env_.face_registry, face_session_news{journaled});
}

face::session_record face_stream_state::view() const {
  auto record = journaled_;
  record.frames_processed = machine_.record().frames_processed;
  record.frames_counted = machine_.record().frames_counted;
  return record;
}

// -- ends -------------------------------------------------------------------------------------------------------------

caf::result<face::session_record> face_stream_state::on_cancel() {
  auto answer = self_->make_response_promise<face::session_record>();
  cancellers_.push_back(answer);
  machine_.on_cancel(now());
  settle();
  return answer;
}

void face_stream_state::answer_cancellers(const caf::error& why) {
  for (auto& promise : std::exchange(cancellers_, {}))
    promise.deliver(why);
}

void face_stream_state::count_attached() {
  bool attached = machine_.attached() != 0;
  face_metrics::attached += static_cast<int>(attached) - static_cast<int>(std::exchange(counted_, attached));
}

void face_stream_state::settle() {
  count_attached();
  if (!machine_.over() || std::exchange(left_, true))
    return;
  auto& record = machine_.record();
  if (record.status == face::session_status::cancelled)
    for (auto& promise : std::exchange(cancellers_, {}))
      promise.deliver(record);
  answer_cancellers(caf::make_error(errc::session_over));
  face_metrics::count(record.status);
  log::info("face_session_ended")
      .with("session_id", record.session_id.text())
      .with("kind", face::name(record.kind))
      .with("status", face::name(record.status))
      .with("frames", record.frames_counted)
      .with("why", record.reason);
  self_->send(env_.face_registry, forget_face_stream{record});
  self_->quit();
}

} // namespace mdai
