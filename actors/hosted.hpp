#pragma once
#include <cstdlib>
#include <exception>
#include <optional>
#include <typeinfo>
#include <utility>

#include "actors/log.hpp"
#include "actors/metered.hpp"

namespace mdai {

/// A state whose death nobody can make good: `static constexpr bool essential = true`.
template <class State>
concept essential = State::essential;

/// Runs a state as an actor. A state names its `interface` (a typed_actor), its `name`, takes the actor's pointer and
/// its dependencies in the constructor, and answers its handlers from make_behavior(). The state dies when the actor
/// quits.
template <class State>
class hosted final : public metered<typename State::interface::base> {
  using super = metered<typename State::interface::base>;

public:
  using behavior_type = typename super::behavior_type;

  template <class... Args>
  explicit hosted(caf::actor_config& cfg, Args&&... args)
      : super(cfg, counters()) {
    this->set_exception_handler([this](std::exception_ptr& what) { return on_exception(what); });
    this->set_default_handler(caf::drop);
    state_.emplace(this, std::forward<Args>(args)...);
  }

  const char* name() const override { return State::name; }
  void on_exit() override { state_.reset(); }
  behavior_type make_behavior() override { return state_->make_behavior(); }

private:
  static actor_counters& counters() {
    static actor_counters& mine = counters_of(State::name);
    return mine;
  }

  // The exception's text may quote what a client sent, so only its type is written down.
  caf::error on_exception(std::exception_ptr& what) {
    ++counters().failed;
    try {
      std::rethrow_exception(what);
    } catch (const std::exception& e) {
      log::error("actor_failed").with("actor", State::name).with("exception", typeid(e).name());
    } catch (...) {
      log::error("actor_failed").with("actor", State::name);
    }
    if constexpr (essential<State>) {
      log::stop(); // flushes; what was acknowledged is in the journal
      std::_Exit(70);
    }
    return caf::sec::runtime_error;
  }

  std::optional<State> state_;
};

/// Spawns a state on the loop behind `home` (or wherever CAF likes when that is nullptr, as tests do).
template <class State, caf::spawn_options Options = caf::no_spawn_options, class... Args>
typename State::interface spawn_on(caf::actor_system& system, caf::execution_unit* home, Args&&... args) {
  caf::actor_config cfg{home};
  return system.spawn_impl<hosted<State>, Options>(cfg, std::forward<Args>(args)...);
}

} // namespace mdai
