#include "protocol/device_key.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mdai {

crypto::key256 device_key(std::string_view master_secret, std::string_view hardware_id) {
  crypto::key256 key;
  auto mac = crypto::hmac_sha256(master_secret, hardware_id);
  std::copy(mac.begin(), mac.end(), key.begin());
  return key;
}

result<std::string> seal_wifi(const crypto::key256& key, std::string_view ssid, std::string_view password,
                              wall_time now) {
  nlohmann::ordered_json content{{"ssid", ssid}, {"password", password}, {"timestamp", unix_seconds(now)}};
  auto text = content.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  auto sealed = crypto::seal_cbc(key, crypto::random_bytes(16), text);
  if (!sealed)
    return sealed.error();
  return crypto::base64(*sealed);
}

} // namespace mdai
