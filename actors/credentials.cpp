#include "actors/credentials.hpp"

#include "protocol/crypto.hpp"

namespace mdai {
namespace {

/// By their digests, so that time tells neither how near it is nor how long the secret is.
bool is_secret(std::string_view offered, std::string_view secret) {
  return !secret.empty() & crypto::equal_constant_time(crypto::sha256(offered), crypto::sha256(secret));
}

} // namespace

bool is_admin(const configuration& config, const transport::http_request& request) {
  auto token = request.bearer();
  return token && is_secret(*token, config.settings.admin.token);
}

bool is_hardware_key(const configuration& config, std::string_view key) {
  bool found = false;
  for (auto& known : config.settings.bridge.hardware_api_keys) // all of them, so that time does not tell which
    found |= is_secret(key, known);
  return found;
}

bool may_register(const configuration& config, const transport::http_request& request) {
  auto& devices = config.settings.devices;
  switch (devices.registration) {
  case settings::registration_policy::open:
    return true;
  case settings::registration_policy::token:
    return is_secret(request.headers.get("X-Registration-Token"), devices.registration_token) ||
           is_admin(config, request);
  case settings::registration_policy::closed:
    break;
  }
  return false;
}

bool may_provision(const configuration& config, const transport::http_request& request) {
  return config.settings.development() || is_admin(config, request) ||
         is_hardware_key(config, request.headers.get("x-api-key"));
}

} // namespace mdai
