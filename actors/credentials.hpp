#pragma once
#include <string_view>

#include "actors/environment.hpp"
#include "transport/http.hpp"

/// Who may ask for what. Secrets are compared in constant time; one that is not set opens nothing.
namespace mdai {

/// The bearer is ADMIN_TOKEN.
bool is_admin(const configuration& config, const transport::http_request& request);
/// One of HARDWARE_API_KEYS.
bool is_hardware_key(const configuration& config, std::string_view key);
/// Who may register devices: everybody, holders of `X-Registration-Token` and operators, nobody.
bool may_register(const configuration& config, const transport::http_request& request);
/// Who may make challenges: operators and holders of a hardware key (`x-api-key`); everybody in development.
bool may_provision(const configuration& config, const transport::http_request& request);

} // namespace mdai
