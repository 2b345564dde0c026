#include "protocol/rsa_key.hpp"

#include <gtest/gtest.h>

#include <memory>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "protocol/crypto.hpp"
#include "protocol/device_key.hpp"
#include "tests/protocol/vectors.hpp"

namespace mdai {
namespace {

using key_pair = std::shared_ptr<EVP_PKEY>;

key_pair own(EVP_PKEY* key) {
  EXPECT_TRUE(key);
  return {key, EVP_PKEY_free};
}

key_pair make_rsa(unsigned bits) { return own(EVP_RSA_gen(bits)); }

/// An RSA public key with numbers that nobody would choose.
key_pair odd_rsa(int modulus_bits, bool even_modulus, const char* exponent_hex) {
  auto n = BN_new(), e = BN_new();
  BN_rand(n, modulus_bits, BN_RAND_TOP_ONE, even_modulus ? BN_RAND_BOTTOM_ANY : BN_RAND_BOTTOM_ODD);
  if (even_modulus)
    BN_clear_bit(n, 0);
  BN_hex2bn(&e, exponent_hex);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  auto rsa = RSA_new();
  RSA_set0_key(rsa, n, e, nullptr);
  auto key = EVP_PKEY_new();
  EVP_PKEY_assign_RSA(key, rsa);
#pragma GCC diagnostic pop
  return own(key);
}

template <class Write>
std::string pem_by(Write write) {
  auto bio = BIO_new(BIO_s_mem());
  write(bio);
  char* text = nullptr;
  auto size = BIO_get_mem_data(bio, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

std::string public_pem(const key_pair& key) {
  return pem_by([&](BIO* out) { PEM_write_bio_PUBKEY(out, key.get()); });
}

/// What the device does: OAEP with SHA-256 for both hashes.
std::string open_sealed(const key_pair& key, const std::string& sealed, const EVP_MD* digest = EVP_sha256()) {
  std::shared_ptr<EVP_PKEY_CTX> c{EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free};
  EVP_PKEY_decrypt_init(c.get());
  EVP_PKEY_CTX_set_rsa_padding(c.get(), RSA_PKCS1_OAEP_PADDING);
  EVP_PKEY_CTX_set_rsa_oaep_md(c.get(), digest);
  EVP_PKEY_CTX_set_rsa_mgf1_md(c.get(), digest);
  auto in = reinterpret_cast<const unsigned char*>(sealed.data());
  std::string out(sealed.size(), '\0');
  auto size = out.size();
  if (EVP_PKEY_decrypt(c.get(), reinterpret_cast<unsigned char*>(out.data()), &size, in, sealed.size()) != 1)
    return "not opened";
  out.resize(size);
  return out;
}

TEST(rsa_key, SealsWhatOnlyThePrivateKeyOpens) {
  auto secret = crypto::random_bytes(32);
  for (unsigned bits : {2048u, 2560u, 3072u, 4096u}) {
    auto pair = make_rsa(bits);
    auto key = rsa_key::from_pem(public_pem(pair));
    ASSERT_TRUE(key) << bits;
    EXPECT_EQ(key->bits(), static_cast<int>(bits));
    auto sealed = key->seal(secret);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), (bits + 7) / 8);
    EXPECT_EQ(open_sealed(pair, *sealed), secret);
    EXPECT_NE(open_sealed(pair, *sealed, EVP_sha1()), secret) << "SHA-1 is not what was agreed";
    EXPECT_NE(*key->seal(secret), *sealed) << "the same text twice shows";
  }
}

TEST(rsa_key, OpensTheVectorOfAnotherImplementation) {
  auto& v = vectors()["rsa_oaep_sha256"];
  auto private_pem = v["private_key_pem"].get<std::string>();
  auto bio = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  auto pair = own(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  auto key = rsa_key::from_pem(v["public_key_pem"].get<std::string>());
  ASSERT_TRUE(key);
  auto challenge = *crypto::decode_base64(v["challenge_b64"].get<std::string>());
  EXPECT_EQ(open_sealed(pair, *crypto::decode_base64(v["ciphertext_b64"].get<std::string>())), challenge);
  EXPECT_EQ(open_sealed(pair, *key->seal(challenge)), challenge);
}

TEST(rsa_key, IsTheSameHoweverItsPemIsWritten) {
  auto pem = public_pem(make_rsa(2048));
  auto key = rsa_key::from_pem(pem);
  ASSERT_TRUE(key);
  auto one_line = pem, windows = pem;
  std::erase(one_line, '\n');
  for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2)
    windows.insert(at, 1, '\r');
  for (auto& text : {one_line, windows, "\n \t" + pem + "\r\n\n"}) {
    auto again = rsa_key::from_pem(text);
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(again->der(), key->der());
    EXPECT_EQ(again->fingerprint(), key->fingerprint());
  }
  EXPECT_EQ(rsa_key::from_der(key->der())->der(), key->der());
  EXPECT_TRUE(key->fingerprint().starts_with("SHA256:"));
  EXPECT_EQ(key->fingerprint().size(), 7u + 43u);
}

TEST(rsa_key, TakesNothingButOnePublicKeyInPem) {
  auto pair = make_rsa(2048);
  auto pem = public_pem(pair);
  auto body = pem.substr(27, pem.size() - 27 - 25 - 1);
  auto pkcs1 = pem_by([&](BIO* out) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    PEM_write_bio_RSAPublicKey(out, EVP_PKEY_get0_RSA(pair.get()));
#pragma GCC diagnostic pop
  });
  auto secret =
      pem_by([&](BIO* out) { PEM_write_bio_PrivateKey(out, pair.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  auto truncated = pem;
  truncated.erase(60, 64);
  auto key = *rsa_key::from_pem(pem);
  auto wrap = [](std::string_view der) {
    return "-----BEGIN PUBLIC KEY-----\n" + crypto::base64(der) + "\n-----END PUBLIC KEY-----\n";
  };
  const std::pair<const char*, std::string> cases[] = {
      {"nothing", ""},
      {"no PEM", "hello"},
      {"PKCS#1", pkcs1},
      {"a private key", secret},
      {"base64 alone", body},
      {"two keys", pem + pem},
      {"something behind it", pem + "x"},
      {"something before it", "key: " + pem},
      {"a part is missing", truncated},
      {"no base64", "-----BEGIN PUBLIC KEY-----\n****\n-----END PUBLIC KEY-----"},
      {"an empty body", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"},
      {"markers only", "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"},
      {"half a marker", "-----BEGIN PUBLIC KEY-----"},
      {"bytes behind the DER", wrap(key.der() + "x")},
      {"DER cut short", wrap(std::string_view{key.der()}.substr(0, 100))},
      {"far too long", wrap(std::string(1 << 20, 'x'))},
  };
  for (auto& [what, text] : cases)
    EXPECT_EQ(rsa_key::from_pem(text).error(), errc::malformed_key) << what;
}

TEST(rsa_key, OfAnotherTypeOrSizeIsRefusedForThatReason) {
  EXPECT_EQ(rsa_key::from_pem(public_pem(own(EVP_EC_gen("P-256")))).error(), errc::wrong_key_type);
  EXPECT_EQ(rsa_key::from_pem(public_pem(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")))).error(),
            errc::wrong_key_type);
  for (unsigned bits : {512u, 1024u, 2047u})
    EXPECT_EQ(rsa_key::from_pem(public_pem(make_rsa(bits))).error(), errc::weak_key) << bits;
  EXPECT_TRUE(rsa_key::from_pem(public_pem(odd_rsa(8192, false, "10001"))));
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(8193, false, "10001"))).error(), errc::key_too_long);
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(16384, false, "10001"))).error(), errc::key_too_long);
}

TEST(rsa_key, WithNumbersThatProtectNothingIsRefused) {
  EXPECT_TRUE(rsa_key::from_pem(public_pem(odd_rsa(2048, false, "3"))));
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(2048, false, "1"))).error(), errc::malformed_key);
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(2048, false, "2"))).error(), errc::malformed_key);
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(2048, false, "0"))).error(), errc::malformed_key);
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(2048, true, "10001"))).error(), errc::malformed_key);
  EXPECT_EQ(rsa_key::from_pem(public_pem(odd_rsa(2048, false, "FFFFFFFFFFFFFFFFF"))).error(), errc::malformed_key);
}

TEST(rsa_key, DoesNotSealMoreThanFits) {
  auto key = rsa_key::from_pem(public_pem(make_rsa(2048)));
  EXPECT_TRUE(key->seal(std::string(256 - 66, 'x')));
  EXPECT_EQ(key->seal(std::string(256 - 65, 'x')).error(), errc::seal_failed);
}

TEST(device_key, IsTheOneOfTheVector) {
  auto& v = vectors()["device_key"];
  auto key = device_key(v["master_secret"].get<std::string>(), v["hardware_id"].get<std::string>());
  EXPECT_EQ(crypto::hex({reinterpret_cast<const char*>(key.data()), key.size()}), v["key_hex"].get<std::string>());
}

TEST(device_key, SealsANetworkThatNoOtherDeviceOpens) {
  auto mine = device_key("master", "b4:2f"), other = device_key("master", "b4:30");
  auto sealed = seal_wifi(mine, "Caf\xC3\xA9 \"1\"", "pass\\word", from_unix_ms(1'732'389'414'999));
  ASSERT_TRUE(sealed);
  auto bytes = *crypto::decode_base64(*sealed);
  EXPECT_EQ(nlohmann::json::parse(*crypto::open_cbc(mine, bytes)),
            (nlohmann::json{{"ssid", "Caf\xC3\xA9 \"1\""}, {"password", "pass\\word"}, {"timestamp", 1'732'389'414}}));
  auto opened = crypto::open_cbc(other, bytes);
  EXPECT_TRUE(!opened || opened->find("ssid") == std::string::npos);
  EXPECT_NE(*seal_wifi(mine, "a", "b", from_unix_ms(0)), *seal_wifi(mine, "a", "b", from_unix_ms(0))) << "same IV";
}

} // namespace
} // namespace mdai
