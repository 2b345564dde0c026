#pragma once
#include <memory>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/metered.hpp"
#include "transport/loop.hpp"

namespace mdai {

class loop_unit;

/// CAF's scheduler, made of I/O loops: an actor runs on the thread of the loop it was spawned on, between that loop's
/// socket events, so a message from a socket to its session and on to the peer's socket changes no thread.
/// Load it with `install` before the actor_system is made; CAF keeps a scheduler that the user loaded.
class loop_scheduler final : public caf::scheduler::abstract_coordinator {
public:
  using loops = std::vector<std::unique_ptr<transport::loop>>;

  /// The loops outlive the actor_system; they must not run any more when it is destroyed.
  static void install(caf::actor_system_config& cfg, loops& loops);

  loop_scheduler(caf::actor_system& system, loops& loops);
  ~loop_scheduler() override;

  /// Runs what is ready on every loop, on the calling thread, until nothing is: for the end, when the loops' threads
  /// are gone.
  static void run_down(caf::actor_system& system);

  /// Where to spawn an actor that shall live on loops[index].
  static home_unit* home(caf::actor_system& system, std::size_t index);

  void enqueue(caf::resumable* job) override;
  /// The calling loop's clock (loop 0's from outside): timers fire on the loop that set them.
  caf::actor_clock& clock() noexcept override;
  bool detaches_utility_actors() const override { return false; }

protected:
  void start() override;
  void stop() override;

private:
  loop_unit& here() const;
  std::vector<std::unique_ptr<loop_unit>> units_;
};

} // namespace mdai
