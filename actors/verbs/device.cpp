#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/admin_client.hpp"
#include "actors/verbs/table.hpp"

namespace mdai {
namespace {

int list_devices(verb_context& context, bool as_json) {
  table devices{{"DEVICE", "HARDWARE", "KEY", "FINGERPRINT", "REGISTERED", "REVOKED"}};
  bool good = admin_client{context}.for_each("/api/devices", "devices", [&](const admin_client::json& d) {
    if (as_json)
      context.out << d.dump() << '\n';
    devices.add({shown(d, "device_id"), shown(d, "hardware_id"), shown(d, "key_bits"), shown(d, "fingerprint"),
                 shown(d, "registered_at"), shown(d, "revoked_at")});
  });
  if (good && !as_json)
    devices.print(context.out);
  return good ? 0 : 1;
}

int show_device(verb_context& context, const std::string& device_id) {
  auto d = admin_client{context}.call("GET", "/api/devices?device_id=" + percent_encoded(device_id));
  if (d)
    print_members(context.out, *d);
  return d ? 0 : 1;
}

int revoke_device(verb_context& context, const std::string& device_id) {
  auto d = admin_client{context}.call("DELETE", "/api/devices?device_id=" + percent_encoded(device_id));
  if (d)
    context.out << shown(*d, "device_id") << " is revoked since " << shown(*d, "revoked_at") << '\n';
  return d ? 0 : 1;
}

int print_device_key(verb_context& context, const std::string& device_id) {
  auto d = admin_client{context}.call("GET", "/api/device-key?device_id=" + percent_encoded(device_id));
  if (d)
    context.out << shown(*d, "key") << '\n';
  return d ? 0 : 1;
}

} // namespace

void add_device(CLI::App& app, verb_context& context) {
  auto* device = app.add_subcommand("device", "Devices of a running broker")->require_subcommand(1);
  auto as_json = std::make_shared<bool>();
  auto* list = device->add_subcommand("list", "Every device that has registered");
  list->add_flag("--json", *as_json, "One JSON object a line");
  list->callback([&context, as_json] { context.exit_code = list_devices(context, *as_json); });

  auto id = std::make_shared<std::string>();
  auto add = [&](const char* name, const char* what, int (*verb)(verb_context&, const std::string&)) {
    auto* sub = device->add_subcommand(name, what);
    sub->add_option("DEVICE", *id, "The device_id")->required();
    sub->callback([&context, id, verb] { context.exit_code = verb(context, *id); });
  };
  add("show", "One device", show_device);
  add("revoke", "Its key opens nothing any more; another one may register", revoke_device);
  add("key", "Prints the key that is flashed into it, 64 hex digits", print_device_key);
}

} // namespace mdai
