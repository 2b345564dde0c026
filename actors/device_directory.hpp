#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "actors/interfaces.hpp"

namespace mdai {

/// Which session each connected device is in. Claims of one device are answered one after the other.
struct device_directory_state {
  using interface = device_directory_actor;
  static inline const char* name = "mdai.device_directory";
  static constexpr bool essential = true;

  explicit device_directory_state(interface::pointer self)
      : self_(self) {}
  interface::behavior_type make_behavior();

private:
  struct waiting {
    object_id session_id;
    session_actor session;
    caf::typed_response_promise<bool> answer;
  };
  struct entry {
    object_id session_id;
    session_actor session;     ///< who has the device
    std::uint64_t probing = 0; ///< number of the question to that session, whether the device is alive; 0: none
    std::deque<waiting> queue; ///< who wants it
  };

  using devices = std::unordered_map<std::string, entry>;

  caf::result<bool> on_claim(const claim_device& x, const session_actor& session);
  void on_release(const release_device& x);
  void on_revoked(const device_revoked& x);
  void on_down(const caf::down_msg& x);
  void hold(const std::string& device_id, const session_actor& session);
  void let_go(const std::string& device_id);
  void forget_if_idle(devices::iterator it);
  void serve(const std::string& device_id);
  void probe(const std::string& device_id);
  void on_probed(const std::string& device_id, std::uint64_t probe, bool alive);

  interface::pointer self_;
  devices devices_;
  std::unordered_multimap<caf::actor_addr, std::string> held_; ///< the devices of each session, for its death
  std::uint64_t probes_ = 0;
};

} // namespace mdai
