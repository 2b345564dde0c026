#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

struct evp_pkey_st;

namespace mdai {

/// A device's public RSA key, of 2048 to 8192 bits. Immutable; any thread.
class rsa_key {
public:
  static constexpr int least_bits = 2048, most_bits = 8192;

  /// From one PEM block of a SubjectPublicKeyInfo (RFC 7468 section 13, "BEGIN PUBLIC KEY") and nothing else: no
  /// private key, no certificate, no PKCS#1. Errors: malformed_key, wrong_key_type, weak_key, key_too_long.
  static result<rsa_key> from_pem(std::string_view pem);
  /// From the bytes that `der` gave. Errors as above.
  static result<rsa_key> from_der(std::string_view der);

  int bits() const;
  /// The SubjectPublicKeyInfo: the same for the same key, however its PEM was written.
  const std::string& der() const { return der_; }
  /// "SHA256:" and base64 without padding: how operators recognise a key.
  std::string fingerprint() const;

  /// RSA-OAEP with SHA-256, MGF1 with SHA-256 and an empty label (RFC 8017 section 7.1). Errors: seal_failed.
  result<std::string> seal(std::string_view plain) const;

private:
  struct free_key {
    void operator()(evp_pkey_st* key) const;
  };
  using handle = std::unique_ptr<evp_pkey_st, free_key>;

  rsa_key(handle key, std::string der)
      : key_(std::move(key))
      , der_(std::move(der)) {}
  static result<void> judge(evp_pkey_st* key);

  handle key_;
  std::string der_;
};

} // namespace mdai
