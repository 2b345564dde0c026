#pragma once
#include <map>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/turns.hpp"

namespace mdai {

/// Every device that has registered. What it answers is on the disk.
struct device_registry_state {
  using interface = device_registry_actor;
  static inline const char* name = "mdai.device_registry";
  static constexpr bool essential = true;

  /// `recovered`: what the journal held at start.
  device_registry_state(interface::pointer self, environment& env, std::vector<device_record> recovered);
  interface::behavior_type make_behavior();

private:
  caf::result<registered> on_register(const register_device& x);
  caf::result<device_record> on_find(const find_device& x) const;
  caf::result<device_record> on_revoke(const revoke_device& x);
  device_page on_list(const list_devices& x) const;

  void do_register(device_record wanted, caf::typed_response_promise<registered> answer);
  void do_revoke(const std::string& device_id, caf::typed_response_promise<device_record> answer);
  /// Stores, then changes the memory too; ends the device's turn after `then`.
  void store_record(device_record record, std::function<void(const device_record*)> then);
  const device_record* find(const std::string& device_id) const;

  interface::pointer self_;
  environment& env_;
  std::map<std::string, device_record> devices_;
  turns<std::string> turns_;
};

} // namespace mdai
