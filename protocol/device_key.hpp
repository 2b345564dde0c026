#pragma once
#include <string>
#include <string_view>

#include "protocol/crypto.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// The key that is flashed into one device: HMAC-SHA256(master secret, hardware_id). Who reads it out of a device can
/// open that device's codes only.
crypto::key256 device_key(std::string_view master_secret, std::string_view hardware_id);

/// base64(IV || AES-256-CBC(`{"ssid","password","timestamp"}`)) under a device's key, the IV random. Errors:
/// seal_failed.
result<std::string> seal_wifi(const crypto::key256& key, std::string_view ssid, std::string_view password,
                              wall_time now);

} // namespace mdai
