#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/face/records.hpp"
#include "protocol/token.hpp"

/// The access token that a tenant gets for its secret. Signed like a session's, and good for nothing else than it.
namespace mdai::face {

struct client_claims {
  std::string client_id;
  face::key_source key_source = face::key_source::api_key;
  std::string jti;
  std::int64_t issued_at = 0;  ///< seconds since 1970
  std::int64_t expires_at = 0; ///< seconds since 1970
};

std::string mint_client_token(const token_keys& keys, const client_claims& claims);
/// Errors: malformed_token, bad_signature, bad_claims (another kind of token, another issuer), token_expired.
result<client_claims> verify_client_token(const token_keys& keys, std::string_view token, wall_time now);

} // namespace mdai::face
