#pragma once
#include <memory>
#include <string>

#include "bench/sim/outcome.hpp"

struct evp_pkey_st;

namespace mdai::sim {

/// A device's RSA key pair, as its secure element would hold it.
class rsa_pair {
public:
  static outcome<rsa_pair> make(unsigned bits);

  /// PEM of a SubjectPublicKeyInfo.
  std::string public_pem() const;
  /// What RSA-OAEP with SHA-256 sealed.
  outcome<std::string> open(const std::string& sealed) const;

private:
  explicit rsa_pair(std::shared_ptr<evp_pkey_st> key)
      : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

} // namespace mdai::sim
