#pragma once
#include "actors/face_interfaces.hpp"

namespace mdai {

/// Derives password digests on a thread of its own, because each takes tens of milliseconds.
struct password_keeper_state {
  using interface = password_keeper_actor;
  static inline const char* name = "mdai.password_keeper";
  static constexpr bool essential = true;

  explicit password_keeper_state(interface::pointer) {}
  interface::behavior_type make_behavior();
};

} // namespace mdai
