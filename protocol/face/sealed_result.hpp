#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "protocol/crypto.hpp"
#include "protocol/time.hpp"

namespace mdai::face {

/// What the business client's backend is told of a session's good end, by way of the person's device, which cannot read
/// it.
struct outcome_statement {
  std::string_view id; ///< enrollment_id or user_id
  wall_time at;
  bool enrolment = false;
  std::string_view session_token;
  std::optional<float> confidence{}; ///< when authenticated
};

/// The plain JSON text.
std::string plain_result(const outcome_statement& s);
/// `encrypted_data` as a JSON text: base64(IV16 || AES-256-CBC/PKCS7(JSON)) under the tenant's key, a fresh IV each
/// time. `key_source`: "secret_key" or "api_key". Errors: seal_failed.
result<std::string> sealed_result(const outcome_statement& s, const crypto::key256& key, std::string_view key_source);
/// The same for a given IV of 16 bytes and plain text.
result<std::string> sealed_result(std::string_view plain, const crypto::key256& key, std::string_view key_source,
                                  std::string_view iv);

} // namespace mdai::face
