#include "actors/admin_api.hpp"
#include "actors/admin_page.hpp"
#include "actors/json_body.hpp"
#include "actors/log.hpp"
#include "protocol/device_key.hpp"
#include "protocol/qr.hpp"
#include "protocol/rsa_key.hpp"

namespace mdai {
namespace {

using json_object = nlohmann::ordered_json;

json_object shown(const device_record& d) {
  auto key = rsa_key::from_der(d.key_der);
  json_object out{{"device_id", d.device_id},
                  {"hardware_id", nullptr},
                  {"fingerprint", key ? key->fingerprint() : ""},
                  {"key_bits", key ? key->bits() : 0},
                  {"registered_at", iso8601(d.registered_at)},
                  {"revoked", d.revoked_at.has_value()},
                  {"revoked_at", nullptr}};
  if (!d.hardware_id.empty())
    out["hardware_id"] = d.hardware_id;
  if (d.revoked_at)
    out["revoked_at"] = iso8601(*d.revoked_at);
  return out;
}

transport::http_response refusal(const transport::http_request& request, const caf::error& why) {
  return why == errc::device_unknown ? http_error(request, 404, "DEVICE_NOT_FOUND", "Device not registered")
                                     : unavailable(request, "JOURNAL_UNAVAILABLE");
}

} // namespace

void admin_api_state::on_device(const http_exchange& x) {
  auto& params = x.request->params;
  auto named = params.contains("id") ? std::optional{params.at("id")} : x.request->query_value("device_id");
  if (x.route == "/api/admin/wifi-qr")
    return make_wifi_qr(x);
  if (!named && x.route == "/api/devices" && x.request->method != "DELETE")
    return list_devices(x);
  if (!named || !is_device_id(*named))
    return x.respond(invalid_device_id(*x.request));
  if (x.route.ends_with("key"))
    return show_key(x, *named);
  if (x.request->method == "GET" || x.request->method == "HEAD")
    return show_device(x, *named);
  revoke_device(x, *named);
}

void admin_api_state::list_devices(const http_exchange& x) {
  auto page = admin_page::of(*x.request);
  if (!page)
    return x.respond(invalid_page(*x.request));
  self_->request(env_.device_registry, caf::infinite, mdai::list_devices{page->after, page->limit + 1})
      .then(
          [x, limit = page->limit](const device_page& found) {
            auto items = json_object::array();
            for (auto& d : found.devices)
              if (items.size() < limit)
                items.push_back(shown(d));
            bool more = found.devices.size() > limit;
            x.respond(admin_page::answer("devices", std::move(items), more ? found.devices[limit - 1].device_id : ""));
          },
          [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::show_device(const http_exchange& x, const std::string& device_id) {
  self_->request(env_.device_registry, caf::infinite, find_device{device_id})
      .then([x](const device_record& d) { x.respond(no_store(json_answer(200, shown(d).dump()))); },
            [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::revoke_device(const http_exchange& x, const std::string& device_id) {
  self_->request(env_.device_registry, caf::infinite, mdai::revoke_device{device_id})
      .then(
          [x](const device_record& d) {
            auto out = shown(d);
            out["success"] = true;
            x.respond(no_store(json_answer(200, out.dump())));
          },
          [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

// -- the key that is flashed into a device ----------------------------------------------------------------------------

void admin_api_state::with_hardware(const http_exchange& x, const std::string& device_id,
                                    std::function<void(const device_record&)> then) {
  self_->request(env_.device_registry, caf::infinite, find_device{device_id})
      .then(
          [x, then](const device_record& d) {
            if (d.hardware_id.empty())
              return x.respond(
                  http_error(*x.request, 409, "NO_HARDWARE_ID", "The device registered no hardware_id to derive from"));
            if (d.revoked_at)
              return x.respond(http_error(*x.request, 403, "DEVICE_REVOKED", "The device is revoked"));
            then(d);
          },
          [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::show_key(const http_exchange& x, const std::string& device_id) {
  with_hardware(x, device_id, [this, x](const device_record& d) {
    auto key = device_key(env_.now()->settings.devices.master_secret, d.hardware_id);
    log::info("device_key_shown").with("device_id", d.device_id).with("request_id", x.request->request_id);
    json_object out{{"device_id", d.device_id},
                    {"hardware_id", d.hardware_id},
                    {"key", crypto::hex({reinterpret_cast<const char*>(key.data()), key.size()})}};
    x.respond(no_store(json_answer(200, out.dump())));
  });
}

void admin_api_state::make_wifi_qr(const http_exchange& x) {
  auto body = json_body(*x.request);
  if (!body)
    return x.respond(body.error());
  auto device_id = text_member(*body, "device_id");
  if (!device_id || !is_device_id(*device_id))
    return x.respond(invalid_device_id(*x.request));
  auto wifi = wifi_of(*x.request, *body);
  if (!wifi)
    return x.respond(wifi.error());
  with_hardware(x, *device_id, [this, x, wifi = *wifi](const device_record& d) {
    auto key = device_key(env_.now()->settings.devices.master_secret, d.hardware_id);
    auto sealed = seal_wifi(key, wifi.ssid, wifi.password, env_.wall());
    json_object out{{"type", "wifi"}, {"device_id", d.device_id}, {"encrypted", sealed ? *sealed : ""}};
    auto picture = sealed ? qr_svg(out.dump()) : result<std::string>{sealed.error()};
    if (!picture)
      return x.respond(http_error(*x.request, 500, "INTERNAL_ERROR", "The QR could not be made"));
    log::info("wifi_qr_made").with("device_id", d.device_id).with("request_id", x.request->request_id);
    out["qr_svg"] = *picture;
    x.respond(no_store(json_answer(200, out.dump())));
  });
}

} // namespace mdai
