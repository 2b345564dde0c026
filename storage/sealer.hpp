#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/crypto.hpp"
#include "protocol/errc.hpp"

namespace mdai::storage {

/// Encryption at rest: key id (4 bytes) || AES-256-GCM(nonce || ciphertext || tag), bound to its column and
/// key by the AAD, so that records cannot be swapped on the disk. Immutable; any thread.
class sealer {
public:
  /// `current` seals; `previous` still open. Keys are derived by HKDF from secrets of any length >= 32 bytes.
  explicit sealer(std::string_view current_secret, const std::vector<std::string>& previous_secrets = {});

  /// Errors: seal_failed (no memory, no randomness).
  result<std::string> seal(std::string_view plain, std::string_view bound_to) const;
  /// Errors: wrong_storage_key (no key of that id), unseal_failed (tampered), corrupt_record (too short).
  result<std::string> open(std::string_view sealed, std::string_view bound_to) const;
  /// The current key's id.
  std::uint32_t key_id() const { return current_; }

private:
  std::uint32_t current_ = 0;
  std::map<std::uint32_t, crypto::key256> keys_;
};

} // namespace mdai::storage
