#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"

namespace mdai {

/// What operators ask on the admin listener: devices, sessions, tenants. Who may ask is judged before.
struct admin_api_state {
  using interface = api_actor;
  static inline const char* name = "mdai.admin_api";
  static constexpr bool essential = true;

  /// Method and pattern of all that it serves. A device whose name does not fit into a path is named by `?device_id=`.
  static constexpr std::pair<std::string_view, std::string_view> routes[] = {
      {"GET", "/api/devices"},
      {"DELETE", "/api/devices"},
      {"GET", "/api/devices/{id}"},
      {"DELETE", "/api/devices/{id}"},
      {"GET", "/api/devices/{id}/key"},
      {"POST", "/api/devices/{id}/revoke"},
      {"GET", "/api/device-key"},
      {"POST", "/api/admin/wifi-qr"},
      {"GET", "/admin/sessions"},
      {"GET", "/admin/sessions/{id}"},
      {"DELETE", "/admin/sessions/{id}"},
      {"POST", "/admin/sessions/{id}/end"},
      {"GET", "/admin/clients"},
      {"POST", "/admin/clients"},
      {"GET", "/admin/clients/{id}"},
      {"POST", "/admin/clients/{id}/suspend"},
      {"POST", "/admin/clients/{id}/resume"},
  };

  admin_api_state(interface::pointer self, environment& env)
      : self_(self)
      , env_(env) {}
  interface::behavior_type make_behavior();

private:
  struct gathered;

  void on_exchange(const http_exchange& x);
  void on_device(const http_exchange& x);
  void on_session(const http_exchange& x);

  void list_devices(const http_exchange& x);
  void show_device(const http_exchange& x, const std::string& device_id);
  void revoke_device(const http_exchange& x, const std::string& device_id);
  void show_key(const http_exchange& x, const std::string& device_id);
  void make_wifi_qr(const http_exchange& x);
  /// The device, when a key can be derived for it; answers errors itself.
  void with_hardware(const http_exchange& x, const std::string& device_id,
                     std::function<void(const device_record&)> then);

  void list_sessions(const http_exchange& x);
  void describe_all(const http_exchange& x, std::shared_ptr<gathered> all);
  void show_session(const http_exchange& x, const object_id& id);
  void end_session(const http_exchange& x, const object_id& id);

  void on_client(const http_exchange& x);
  void list_clients(const http_exchange& x);
  void create_client(const http_exchange& x);
  void set_client(const http_exchange& x, const std::string& client_id, face::tenant_status status);

  interface::pointer self_;
  environment& env_;
};

} // namespace mdai
