#pragma once
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "protocol/crypto.hpp"

namespace mdai::test {

/// A device's key pair; made once per number and process.
class test_key {
public:
  static const test_key& number(unsigned n) {
    static test_key all[] = {test_key{}, test_key{}, test_key{}};
    return all[n];
  }
  std::string der() const {
    unsigned char* bytes = nullptr;
    auto size = i2d_PUBKEY(key_.get(), &bytes);
    std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }
  std::string pem() const {
    return "-----BEGIN PUBLIC KEY-----\n" + crypto::base64(der()) + "\n-----END PUBLIC KEY-----\n";
  }
  std::string open(const std::string& sealed) const {
    std::shared_ptr<EVP_PKEY_CTX> c{EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free};
    EVP_PKEY_decrypt_init(c.get());
    EVP_PKEY_CTX_set_rsa_padding(c.get(), RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md(c.get(), EVP_sha256());
    std::string out(sealed.size(), '\0');
    auto size = out.size();
    auto in = reinterpret_cast<const unsigned char*>(sealed.data());
    if (EVP_PKEY_decrypt(c.get(), reinterpret_cast<unsigned char*>(out.data()), &size, in, sealed.size()) != 1)
      return "not opened";
    out.resize(size);
    return out;
  }

private:
  test_key()
      : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {}
  std::shared_ptr<EVP_PKEY> key_;
};

} // namespace mdai::test
