#pragma once
#include <optional>
#include <string>

#include "protocol/time.hpp"

namespace mdai {

/// A device that has registered. Encrypted at rest.
struct device_record {
  std::string device_id;
  std::string key_der;     ///< its public key, as rsa_key::der gives it
  std::string hardware_id; ///< empty: it named none
  wall_time registered_at{};
  std::optional<wall_time> revoked_at{}; ///< by the operator; another key may register from then on
  std::string revoked_keys{};            ///< SHA-256 of each key that was revoked under this name before, 32 bytes each

  bool operator==(const device_record&) const = default;
};

/// How a registration fits what is known of the device.
enum class registration {
  added,          ///< the device is new, or had been revoked and has another key now
  known,          ///< it is registered like that already
  extended,       ///< the same key, and a hardware_id where there was none
  other_key,      ///< refused: it has another key
  other_hardware, ///< refused: it has another hardware_id
  revoked,        ///< refused: this very key was revoked
};

/// Whether `x` is a refusal.
constexpr bool refused(registration x) { return x >= registration::other_key; }

/// Judges `wanted` against the device of the same name (none: nullptr). A revocation is of the key, for good: who comes
/// with another one begins anew.
registration judge_registration(const device_record* known, const device_record& wanted);

/// What is stored of a registration that was judged `added` or `extended`: `wanted`, and what stays of the device of
/// that name.
device_record continued(const device_record* known, device_record wanted, registration how);

} // namespace mdai
