#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/time.hpp"

namespace mdai {

struct outbox_policy {
  milliseconds retry_window{5'000};      ///< after the first failure the parties wait this long, then hear "pending"
  milliseconds first_delay{200};         ///< backoff doubles from here
  milliseconds window_cap{1'000};        ///< longest delay inside the window
  milliseconds live_cap{10'000};         ///< ... while the session lives
  milliseconds late_cap{300'000};        ///< ... after it
  milliseconds retention{24 * 3600'000}; ///< then dead-lettered
  std::size_t max_in_flight = 16;
  unsigned trial_after = 5; ///< failures in a row, over all entries, until only one tries at a time
};

/// When each result in the outbox is tried, told pending, or given up. Pure: times come in, decisions go out.
/// Monotonic time throughout; `random` gives numbers in [0, 1).
class outbox_schedule {
public:
  using time_point = std::chrono::steady_clock::time_point;

  outbox_schedule(const outbox_policy& policy, std::function<double()> random)
      : policy_(policy)
      , random_(std::move(random)) {}

  /// A result to deliver: due at once. `age` and `session_left` come from its record's wall times.
  void add(const object_id& id, time_point now, milliseconds age, milliseconds session_left);
  /// Who an attempt failed for: only the backend's failures say that the backend is down.
  enum class culprit { backend, ourselves };
  /// The attempt that `due` started failed.
  void on_failure(const object_id& id, time_point now, culprit whose, std::optional<seconds> retry_after);
  /// The backend's last word came, or the entry is gone for another reason.
  void remove(const object_id& id, bool backend_answered);

  struct decisions {
    std::vector<object_id> attempt; ///< start these now
    std::vector<object_id> pending; ///< tell the parties: it takes longer
    std::vector<object_id> give_up; ///< dead-letter these; they leave the schedule
  };
  decisions due(time_point now);
  /// When `due` should be asked next; nothing: not before another event.
  std::optional<time_point> next() const;

  std::size_t size() const { return entries_.size(); }
  std::size_t in_flight() const { return in_flight_; }
  bool backend_down() const { return failures_in_a_row_ >= policy_.trial_after; }

private:
  struct entry {
    time_point next_attempt, session_end, give_up;
    std::optional<time_point> tell_at; ///< set by the first failure, cleared when told
    unsigned failures = 0;
    bool in_flight = false;
  };
  using plan = std::set<std::pair<time_point, object_id>>;

  milliseconds delay(const entry& e, time_point now) const;
  milliseconds longest(const entry& e, time_point now) const;
  std::size_t free_slots() const;
  static time_point wake(const entry& e) { return std::min(e.next_attempt, e.give_up); }

  const outbox_policy& policy_;
  std::function<double()> random_;
  std::unordered_map<object_id, entry> entries_;
  plan attempts_; ///< entries that wait for an attempt or for their end
  plan tells_;    ///< entries whose parties are to be told, in flight or not
  std::size_t in_flight_ = 0;
  unsigned failures_in_a_row_ = 0;
};

} // namespace mdai
