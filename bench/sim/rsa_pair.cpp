#include "bench/sim/rsa_pair.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace mdai::sim {

outcome<rsa_pair> rsa_pair::make(unsigned bits) {
  std::shared_ptr<EVP_PKEY> key{EVP_RSA_gen(bits), EVP_PKEY_free};
  if (!key)
    return failed("no key of " + std::to_string(bits) + " bits could be made");
  return rsa_pair{std::move(key)};
}

std::string rsa_pair::public_pem() const {
  std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), BIO_free};
  char* text = nullptr;
  PEM_write_bio_PUBKEY(out.get(), key_.get());
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

outcome<std::string> rsa_pair::open(const std::string& sealed) const {
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> c{EVP_PKEY_CTX_new(key_.get(), nullptr),
                                                                EVP_PKEY_CTX_free};
  const auto in = reinterpret_cast<const unsigned char*>(sealed.data());
  std::string out(sealed.size(), '\0');
  auto size = out.size();
  if (!c || EVP_PKEY_decrypt_init(c.get()) != 1 || EVP_PKEY_CTX_set_rsa_padding(c.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(c.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(c.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_decrypt(c.get(), reinterpret_cast<unsigned char*>(out.data()), &size, in, sealed.size()) != 1)
    return failed("the challenge does not open under this device's key");
  out.resize(size);
  return out;
}

} // namespace mdai::sim
