#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "protocol/outbox_schedule.hpp"

namespace mdai {

/// Delivers journaled results to the platform until it has answered; tells their sessions; buries what nobody took.
struct outbox_state {
  using interface = outbox_actor;
  static inline const char* name = "mdai.outbox";
  static constexpr bool essential = true;

  /// `recovered`: what the journal held at start.
  outbox_state(interface::pointer self, environment& env, std::vector<outbox_record> recovered);
  interface::behavior_type make_behavior();

private:
  struct entry {
    outbox_record record;
    payload image;                              ///< kept for the first attempts; after that the journal has it
    bool timed_out = false;                     ///< the last attempt, rather than refused or failed
    std::optional<messages::outcome> outcome{}; ///< the platform has answered; its session has not stored it yet
  };

  void add(outbox_record record, payload image);
  void work();
  void attempt(const object_id& id);
  void call(const object_id& id, std::string_view image);
  void on_reply(const object_id& id, const backend::reply& reply);
  void retry_later(const object_id& id, std::string why, outbox_schedule::culprit whose,
                   std::optional<seconds> retry_after = {});
  void hand_over(const object_id& id);
  /// A later result of the same session may have taken the place of the one that was dealt with.
  bool is_current(const object_id& id, std::uint32_t round) const;
  milliseconds age(const outbox_record& record) const;
  void forget(const object_id& id);
  void erase(const object_id& id);
  void give_up(const object_id& id);
  void bury(const object_id& id, const std::string& image);
  void bury_later(const object_id& id);
  void drop(const object_id& id);
  void arm();

  interface::pointer self_;
  environment& env_;
  outbox_policy policy_;
  outbox_schedule schedule_;
  std::unordered_map<object_id, entry> entries_;
  std::size_t images_in_memory_ = 0; ///< bytes
  std::optional<outbox_schedule::time_point> armed_;
};

} // namespace mdai
