#include "protocol/rsa_key.hpp"

#include <algorithm>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "protocol/crypto.hpp"

namespace mdai {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN PUBLIC KEY-----", pem_end = "-----END PUBLIC KEY-----";
/// Far more than 8192 bits need; nothing longer is worth a look.
constexpr std::size_t longest_pem = 16u << 10;
/// A longer public exponent only costs time; OpenSSL itself takes no longer one for long keys.
constexpr int longest_exponent_bits = 64;

unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

/// OpenSSL leaves its reasons in a queue of the thread, where TLS would take them for its own.
struct clean_errors {
  ~clean_errors() { ERR_clear_error(); }
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

struct free_number {
  void operator()(BIGNUM* n) const { BN_free(n); }
};
using number = std::unique_ptr<BIGNUM, free_number>;

number parameter(EVP_PKEY* key, const char* name) {
  BIGNUM* n = nullptr;
  return EVP_PKEY_get_bn_param(key, name, &n) == 1 ? number{n} : number{};
}

/// What OpenSSL would let pass: an even modulus, or an exponent that encrypts nothing (1) or costs too much.
bool has_sound_numbers(EVP_PKEY* key) {
  auto modulus = parameter(key, OSSL_PKEY_PARAM_RSA_N), exponent = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  return modulus && exponent && BN_is_odd(modulus.get()) && BN_is_odd(exponent.get()) && !BN_is_one(exponent.get()) &&
         !BN_is_negative(exponent.get()) && BN_num_bits(exponent.get()) <= longest_exponent_bits;
}

struct free_context {
  void operator()(EVP_PKEY_CTX* c) const { EVP_PKEY_CTX_free(c); }
};

} // namespace

void rsa_key::free_key::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

result<rsa_key> rsa_key::from_pem(std::string_view pem) {
  pem = trimmed(pem);
  if (pem.size() > longest_pem || pem.size() < pem_begin.size() + pem_end.size() || !pem.starts_with(pem_begin) ||
      !pem.ends_with(pem_end))
    return errc::malformed_key;
  std::string body{pem.substr(pem_begin.size(), pem.size() - pem_begin.size() - pem_end.size())};
  std::erase_if(body, is_space);
  auto der = crypto::decode_base64(body);
  if (!der)
    return errc::malformed_key;
  return from_der(*der);
}

result<rsa_key> rsa_key::from_der(std::string_view der) {
  clean_errors later;
  auto at = bytes(der);
  handle key{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  if (!key || at != bytes(der) + der.size())
    return errc::malformed_key;
  if (auto fine = judge(key.get()); !fine)
    return fine.error();
  // Written anew: what a lenient reader took in another spelling is still the same key.
  std::string canonical(der.size() + 64, '\0');
  auto to = bytes(canonical);
  auto size = i2d_PUBKEY(key.get(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > canonical.size() || i2d_PUBKEY(key.get(), &to) != size)
    return errc::malformed_key;
  canonical.resize(static_cast<std::size_t>(size));
  return rsa_key{std::move(key), std::move(canonical)};
}

result<void> rsa_key::judge(evp_pkey_st* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
    return errc::wrong_key_type;
  auto bits = EVP_PKEY_get_bits(key);
  if (bits < least_bits)
    return errc::weak_key;
  if (bits > most_bits)
    return errc::key_too_long;
  if (!has_sound_numbers(key))
    return errc::malformed_key;
  return {};
}

int rsa_key::bits() const { return EVP_PKEY_get_bits(key_.get()); }

std::string rsa_key::fingerprint() const {
  auto text = crypto::base64(crypto::sha256(der_));
  return "SHA256:" + text.substr(0, text.find('='));
}

result<std::string> rsa_key::seal(std::string_view plain) const {
  clean_errors later;
  std::unique_ptr<EVP_PKEY_CTX, free_context> context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
  auto c = context.get();
  std::size_t size = 0;
  if (!c || EVP_PKEY_encrypt_init(c) != 1 || EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) != 1 ||
      EVP_PKEY_encrypt(c, nullptr, &size, bytes(plain), plain.size()) != 1)
    return errc::seal_failed;
  std::string out(size, '\0');
  if (EVP_PKEY_encrypt(c, bytes(out), &size, bytes(plain), plain.size()) != 1)
    return errc::seal_failed;
  out.resize(size);
  return out;
}

} // namespace mdai
