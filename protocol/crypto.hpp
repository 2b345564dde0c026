#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

/// OpenSSL EVP behind small functions. Bytes travel in strings. Any thread; no function blocks.
namespace mdai::crypto {

using key256 = std::array<unsigned char, 32>;

std::string random_bytes(std::size_t count);
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
/// HKDF-SHA256 (RFC 5869) without salt: one secret of any length, one key per `purpose`.
key256 derive_key(std::string_view secret, std::string_view purpose);

/// Time depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

/// IV (16 bytes) || AES-256-CBC with PKCS#7 padding.
result<std::string> seal_cbc(const key256& key, std::string_view iv, std::string_view plain);
result<std::string> open_cbc(const key256& key, std::string_view sealed);

/// Nonce (12 random bytes) || AES-256-GCM ciphertext || tag (16 bytes). `aad` is bound, not stored.
result<std::string> seal_gcm(const key256& key, std::string_view plain, std::string_view aad);
result<std::string> open_gcm(const key256& key, std::string_view sealed, std::string_view aad);

/// Standard alphabet, padded. Decoding is strict: no white space, no missing padding.
std::string base64(std::string_view data);
result<std::string> decode_base64(std::string_view text);
/// Whether `text` is non-empty padded base64, without decoding it. 8 MiB in a few milliseconds.
bool is_base64(std::string_view text);
/// URL alphabet, no padding (RFC 7515).
std::string base64url(std::string_view data);
result<std::string> decode_base64url(std::string_view text);

std::string hex(std::string_view data);
result<std::string> decode_hex(std::string_view text);
/// 64 hex digits.
result<key256> key_from_hex(std::string_view text);

} // namespace mdai::crypto
