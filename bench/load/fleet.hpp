#pragma once
#include <deque>

#include "bench/load/progress.hpp"
#include "bench/load/talker.hpp"

namespace mdai::load {

/// Talkers that are opened together.
class fleet {
public:
  fleet(loop& on, const site& server)
      : loop_(on)
      , site_(server) {}

  talker& add(dialect kind, identity me, std::size_t message_bytes);
  /// Opens all that were added, `at_once` of them at a time; done when all are ready. Fails at the first that fails,
  /// and when nothing has gone forward for ten seconds.
  sim::outcome<void> open(std::size_t at_once, std::size_t per_address, progress& show);

  std::size_t size() const { return members_.size(); }
  talker& operator[](std::size_t i) { return members_[i]; }
  void listen(talk_events& listener) { state_.listener = &listener; }
  /// Why the first that failed did; empty while all is well.
  const std::string& failure() const { return state_.first_failure; }
  void close();

private:
  loop& loop_;
  const site& site_;
  fleet_state state_;
  std::deque<talker> members_; ///< talkers do not move
};

} // namespace mdai::load
