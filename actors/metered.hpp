#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include <caf/all.hpp>

namespace mdai {

/// What operators see of one type of actor. Counted by metered<>, read by /metrics and /actors. Any thread.
struct actor_counters {
  std::atomic<std::int64_t> alive{0}, mailbox{0};
  std::atomic<std::uint64_t> spawned{0}, failed{0}, restarted{0}, messages{0};
};

/// The counters of the actors called `name`; made on first use. Any thread.
actor_counters& counters_of(std::string_view name);
/// Calls `visit(name, counters)` for every type of actor that ever was.
void for_each_actor_type(const std::function<void(std::string_view, const actor_counters&)>& visit);

/// An execution unit that actors can call home: it takes work from any thread.
class home_unit : public caf::execution_unit {
public:
  using caf::execution_unit::execution_unit;
};

/// Base of all our actors: counts mailbox and lifetime, and brings every message home to the loop the actor was spawned
/// on, whoever sends it (CAF alone would run the actor wherever the sender runs).
template <class Base>
class metered : public Base {
public:
  metered(caf::actor_config& cfg, actor_counters& counters)
      : Base(cfg)
      , home_(dynamic_cast<home_unit*>(cfg.host))
      , counters_(counters) {
    ++counters_.alive;
    ++counters_.spawned;
  }
  ~metered() override { end(); }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    if (!ended_) {
      ++waiting_;
      ++counters_.mailbox;
    }
    Base::enqueue(std::move(what), home_ ? home_ : host);
  }

  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    auto outcome = Base::consume(what);
    if (outcome != caf::invoke_message_result::skipped) {
      --waiting_;
      --counters_.mailbox;
      ++counters_.messages;
    }
    return outcome;
  }

  /// Nobody reads what was left, and what still comes is dropped: the actor may be held for long after its end.
  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    end();
    return Base::cleanup(std::move(why), host);
  }

protected:
  actor_counters& counters() { return counters_; }

private:
  /// Once: it counts no longer, though somebody may still hold it.
  void end() {
    if (!ended_.exchange(true))
      --counters_.alive;
    counters_.mailbox -= waiting_.exchange(0);
  }

  home_unit* home_;
  actor_counters& counters_;
  std::atomic<std::int64_t> waiting_{0};
  std::atomic<bool> ended_{false};
};

} // namespace mdai
