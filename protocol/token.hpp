#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errc.hpp"
#include "protocol/ids.hpp"
#include "protocol/party.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// What a session token says (RFC 7519 claims and ours).
struct token_claims {
  object_id session_id;
  std::string role; ///< "mobile" or "device"
  std::string jti;
  std::string issuer;          ///< claim `iss`
  std::int64_t issued_at = 0;  ///< seconds since 1970
  std::int64_t expires_at = 0; ///< seconds since 1970
  std::string device_id{};     ///< the one device that may use it; empty: any
};

/// Mints and verifies JWTs under HS256 and nothing else (RFC 7515, RFC 7518 section 3.2).
/// Immutable: a key rotation makes a new one. Any thread.
class token_keys {
public:
  struct key {
    std::string id; ///< header `kid`
    std::string secret;
    std::string header; ///< of the tokens it signs, encoded
  };

  /// `current` signs; `previous` are accepted too, so that a rotation logs nobody out. An empty current
  /// secret becomes a random one of this process; empty previous ones are left out.
  token_keys(std::string issuer, std::string current_secret, std::vector<std::string> previous_secrets);

  /// The issuer is always ours; `claims.issuer` is what a verified token said.
  std::string mint(const token_claims& claims) const;

  /// Pins HS256, compares in constant time (with the key that `kid` names, else with all), requires a numeric
  /// `exp` later than `now` and our issuer when one is named. Errors: malformed_token, bad_signature,
  /// bad_claims, token_expired.
  result<token_claims> verify(std::string_view token, wall_time now) const;

  /// A token of other claims: a JSON object's text.
  std::string sign(std::string_view claims) const;
  /// The claims' text of a token under one of the keys; whoever reads them judges them. Errors: malformed_token,
  /// bad_signature.
  result<std::string> open(std::string_view token) const;

  const std::string& issuer() const { return issuer_; }

private:
  bool is_signed(std::string_view text, std::string_view signature, const std::string* kid) const;

  std::string issuer_;
  std::vector<key> keys_; ///< current first
};

} // namespace mdai
