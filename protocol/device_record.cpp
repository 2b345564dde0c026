#include "protocol/device_record.hpp"

#include <string_view>

#include "protocol/crypto.hpp"

namespace mdai {
namespace {

bool was_revoked(const device_record& device, const std::string& key_der) {
  if (device.key_der == key_der)
    return device.revoked_at.has_value();
  const auto digest = crypto::sha256(key_der);
  for (std::string_view rest = device.revoked_keys; !rest.empty(); rest.remove_prefix(digest.size()))
    if (rest.starts_with(digest))
      return true;
  return false;
}

} // namespace

registration judge_registration(const device_record* known, const device_record& wanted) {
  if (!known)
    return registration::added;
  if (was_revoked(*known, wanted.key_der))
    return registration::revoked;
  if (known->key_der != wanted.key_der)
    return known->revoked_at ? registration::added : registration::other_key;
  if (wanted.hardware_id.empty() || wanted.hardware_id == known->hardware_id)
    return registration::known;
  return known->hardware_id.empty() ? registration::extended : registration::other_hardware;
}

device_record continued(const device_record* known, device_record wanted, registration how) {
  if (!known)
    return wanted;
  wanted.revoked_keys = known->revoked_keys;
  if (how == registration::extended)
    wanted.registered_at = known->registered_at;
  else
    wanted.revoked_keys += crypto::sha256(known->key_der);
  return wanted;
}

} // namespace mdai
