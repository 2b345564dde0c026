#pragma once
#include <memory>
#include <vector>

#include "actors/environment.hpp"
#include "actors/hosted.hpp"
#include "storage/face_records.hpp"

namespace mdai::test {

/// What the streams of a test were given and heard.
struct stream_script {
  std::vector<face_stream_seed> seeds; ///< in the order of their spawning
  std::vector<caf::actor_addr> actors; ///< weak: a script may outlive its world
  std::size_t suspended = 0, cancelled = 0;
  face_stream_actor last() const { return caf::actor_cast<face_stream_actor>(actors.back()); }
  bool deaf = false; ///< cancelling is answered by the next face_deadline: errc::session_over
};

/// A stream as the registry needs it: has a record, ends when it is told to.
struct scripted_face_stream_state {
  using interface = face_stream_actor;
  static inline const char* name = "mdai.face_stream";

  scripted_face_stream_state(interface::pointer self, environment& env, stream_script& script, face_stream_seed seed)
      : self_(self)
      , env_(env)
      , script_(script)
      , record_(std::move(seed.record)) {}

  ~scripted_face_stream_state() {
    for (auto& answer : waiting_)
      answer.deliver(caf::make_error(caf::sec::request_receiver_down));
  }
  interface::behavior_type make_behavior() {
    return {[](const join_face_stream&) { return face_joined{}; },
            [](const face_text&) { throw std::runtime_error("a test wants it so"); },
            [](const face_image&) {},
            [](const face_link_gone&) {},
            [this](const face_deadline&) {
              for (auto& answer : waiting_)
                answer.deliver(caf::make_error(errc::session_over));
              waiting_.clear();
            },
            [this](const client_suspended&) { ++script_.suspended; },
            [this](const look&) { return record_; },
            [this](const cancel_face_session&) { return on_cancel(); }};
  }

private:
  caf::result<face::session_record> on_cancel() {
    ++script_.cancelled;
    auto answer = self_->make_response_promise<face::session_record>();
    if (script_.deaf) {
      waiting_.push_back(answer);
      return answer;
    }
    record_.status = face::session_status::cancelled;
    record_.completed_at = env_.wall();
    store put;
    put.batch.put(storage::column::face_sessions, storage::face_session_key(record_), storage::encode(record_));
    self_->request(env_.persistence, caf::infinite, std::move(put))
        .then(
            [this, answer](stored) mutable {
              self_->send(env_.face_registry, face_session_news{record_});
              self_->send(env_.face_registry, forget_face_stream{record_});
              answer.deliver(record_);
              self_->quit();
            },
            [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
    return answer;
  }

  interface::pointer self_;
  environment& env_;
  stream_script& script_;
  face::session_record record_;
  std::vector<caf::typed_response_promise<face::session_record>> waiting_;
};

/// Makes the registry spawn scripted streams.
inline void script_streams(environment& env, std::shared_ptr<stream_script> script) {
  env.spawn_face_stream = [&env, script](caf::execution_unit* home, face_stream_seed seed) {
    script->seeds.push_back(seed);
    auto made = spawn_on<scripted_face_stream_state>(*env.system, home, env, *script, std::move(seed));
    script->actors.push_back(made.address());
    return made;
  };
}

} // namespace mdai::test
