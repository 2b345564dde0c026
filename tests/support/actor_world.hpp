#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/auth.hpp"
#include "actors/environment.hpp"
#include "storage/memory_journal.hpp"
#include "tests/support/fake_platform.hpp"
#include "tests/support/fake_socket.hpp"

namespace mdai::test {

/// What came of a request.
template <class T>
struct answer {
  std::optional<T> value;
  caf::error error;
  bool arrived() const { return value || error; }
};

/// Settings that every check would pass.
settings test_settings();

/// The whole broker in one thread and in virtual time: real actors, with the journal in memory, sockets and
/// platform played by the test. Nothing happens but in run() and advance().
class actor_world {
public:
  using duration = std::chrono::nanoseconds;

  /// `journal` and `wall`: of the world before, when this one is its restart.
  explicit actor_world(const settings& s = test_settings(), storage::memory_journal journal = {},
                       wall_time wall = from_unix_ms(1'764'000'000'123), std::function<double()> dice = {});
  /// The process dies: nobody gets a word, pending work is dropped.
  ~actor_world();
  actor_world(const actor_world&) = delete;
  actor_world& operator=(const actor_world&) = delete;

  /// The face product; `env.spawn_face_stream` decides what its streams are. Its settings must have it on.
  void spawn_face_actors();

  // -- time ----------------------------------------------------------------------------------------------------------

  /// All that is waiting to run. Clients answer close frames.
  void run();
  /// Virtual time passes; every timer fires in its order, at its time.
  void advance(duration d);
  wall_time wall() const;
  /// Somebody sets the wall clock, by a negative time back.
  void set_wall_forward(milliseconds by) { wall_start_ += by; }
  caf::scheduler::test_coordinator& scheduler() { return *scheduler_; }
  /// Other settings, as a reload brings them.
  void reload(const settings& s);

  // -- clients -------------------------------------------------------------------------------------------------------

  /// Creates a session without the HTTP around it.
  session_record create(std::string platform_id = "PLT_secret9");
  std::string token(const session_record& r, party who) const;
  /// An upgrade with these claims.
  socket_ptr open(upgrade_claims claims);
  /// An upgrade that brings its token along.
  socket_ptr connect_mobile(const session_record& r);
  socket_ptr connect_device(const session_record& r, std::string device_id = "RDK_001");

  // -- actors --------------------------------------------------------------------------------------------------------

  /// Asks an actor; the answer comes in run() or advance().
  template <class T, class Handle, class... Ts>
  std::shared_ptr<answer<T>> ask(const Handle& whom, Ts... xs) {
    auto out = std::make_shared<answer<T>>();
    system_->spawn([=](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, xs...)
          .then([out](const T& x) { out->value = x; }, [out](const caf::error& e) { out->error = e; });
    });
    return out;
  }
  const supervisor_actor& supervisor() const { return env.supervisors[0]; }
  /// The running (or woken) session; fails the test when there is none.
  session_actor session(const object_id& id);
  session_record look(const object_id& id);
  /// What the journal holds of a session.
  std::optional<session_record> stored(const session_record& r);
  std::size_t rows(storage::column c);

  environment env;
  std::shared_ptr<storage::memory_journal> journal;
  fake_platform* platform = nullptr;
  std::vector<socket_ptr> sockets; ///< all there ever were

private:
  void spawn_actors();
  bool finish_closes();

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  wall_time wall_start_;
  std::chrono::steady_clock::time_point steady_start_;
};

} // namespace mdai::test
