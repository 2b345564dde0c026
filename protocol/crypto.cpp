#include "protocol/crypto.hpp"

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace mdai::crypto {
namespace {

/// Without these primitives every later secret would be a guess: stop at once.
[[noreturn]] void die(const char* why) {
  std::fprintf(stderr, "mdai: %s; refusing to go on without it\n", why);
  std::abort();
}

/// Of this thread, with the digest chosen: looking algorithms up costs OpenSSL 3 more than a short message does.
EVP_MAC_CTX* hmac_context() {
  struct free_context {
    void operator()(EVP_MAC_CTX* c) const { EVP_MAC_CTX_free(c); }
  };
  thread_local const std::unique_ptr<EVP_MAC_CTX, free_context> mine{[] {
    auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    auto* context = mac ? EVP_MAC_CTX_new(mac) : nullptr; // keeps the algorithm
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM choice[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
    if (context)
      EVP_MAC_CTX_set_params(context, choice);
    return context;
  }()};
  return mine.get();
}

unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

} // namespace

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (count > INT_MAX || RAND_bytes(bytes(out), static_cast<int>(count)) != 1)
    die("the system's random number generator failed");
  return out;
}

std::string sha256(std::string_view data) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  if (!SHA256(bytes(data), data.size(), bytes(out)))
    die("SHA-256 failed");
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  // OpenSSL takes a null key for the last one, a view of nothing is an empty one.
  const std::string_view given = key.empty() ? std::string_view{""} : key;
  auto* context = hmac_context();
  if (!context || EVP_MAC_init(context, bytes(given), given.size(), nullptr) != 1 ||
      EVP_MAC_update(context, bytes(data), data.size()) != 1 ||
      EVP_MAC_final(context, bytes(out), nullptr, out.size()) != 1)
    die("HMAC-SHA-256 failed");
  return out;
}

key256 derive_key(std::string_view secret, std::string_view purpose) {
  // One block of output is all a key needs: extract, then expand once with the block's number 1.
  auto pseudo_random_key = hmac_sha256(std::string(SHA256_DIGEST_LENGTH, '\0'), secret);
  auto block = hmac_sha256(pseudo_random_key, std::string{purpose} + '\x01');
  key256 key;
  block.copy(reinterpret_cast<char*>(key.data()), key.size());
  return key;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace mdai::crypto
