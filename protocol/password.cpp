#include "protocol/password.hpp"

#include <cstdint>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "protocol/crypto.hpp"

namespace mdai::password {
namespace {

constexpr std::uint64_t cost = 16384;
constexpr std::uint32_t block_size = 8, lanes = 1;
constexpr std::uint64_t most_memory = 64u << 20;
constexpr std::size_t digest_bytes = 32;

OSSL_PARAM bytes_parameter(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

} // namespace

result<std::string> derive(std::string_view secret, std::string_view salt) {
  std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf{EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), EVP_KDF_free};
  std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr,
                                                                    EVP_KDF_CTX_free};
  auto n = cost, memory = most_memory;
  auto r = block_size, p = lanes;
  const OSSL_PARAM parameters[] = {bytes_parameter(OSSL_KDF_PARAM_PASSWORD, secret),
                                   bytes_parameter(OSSL_KDF_PARAM_SALT, salt),
                                   OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                   OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                   OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                   OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                                   OSSL_PARAM_construct_end()};
  std::string digest(digest_bytes, '\0');
  if (!context ||
      EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(digest.data()), digest.size(), parameters) != 1)
    return errc::seal_failed;
  return digest;
}

} // namespace mdai::password
