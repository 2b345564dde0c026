#include "protocol/crypto.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace mdai::crypto {
namespace {

std::string unhex(std::string_view text) { return decode_hex(text).value(); }
const key256 key = key_from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
const key256 other_key = key_from_hex("010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
const std::string iv = unhex("101112131415161718191a1b1c1d1e1f");

/// Every length around the block size, and a long one.
std::vector<std::string> samples() {
  std::mt19937 random(7);
  std::vector<std::string> all;
  for (std::size_t size = 0; size <= 50; ++size)
    all.emplace_back(size, '\0');
  all.emplace_back(100'003, '\0');
  for (auto& text : all)
    for (auto& c : text)
      c = static_cast<char>(random());
  return all;
}

TEST(random_bytes, HasTheAskedLengthAndDiffersEachTime) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(37).size(), 37u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(sha256, AnswersFips180Examples) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(hmac_sha256, AnswersRfc4231Examples) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(hmac_sha256, TakesAnEmptyKeyAndEmptyData) {
  EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(derive_key, AnswersRfc5869TestCase3) {
  auto derived = derive_key(std::string(22, '\x0b'), "");
  EXPECT_EQ(hex({reinterpret_cast<const char*>(derived.data()), derived.size()}),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(derive_key, DiffersByPurposeAndSecret) {
  EXPECT_EQ(derive_key("secret", "a"), derive_key("secret", "a"));
  EXPECT_NE(derive_key("secret", "a"), derive_key("secret", "b"));
  EXPECT_NE(derive_key("secret", "a"), derive_key("secret2", "a"));
}

TEST(equal_constant_time, ComparesEveryByteAndTheLength) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  for (auto other : {"", "ab", "abcd", "abd", "xbc"})
    EXPECT_FALSE(equal_constant_time("abc", other)) << other;
}

TEST(cbc, AnswersTheNistExampleAfterItsIv) {
  auto nist_key = key_from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").value();
  auto nist_iv = unhex("000102030405060708090a0b0c0d0e0f");
  auto sealed = seal_cbc(nist_key, nist_iv, unhex("6bc1bee22e409f96e93d7e117393172a")).value();
  EXPECT_EQ(sealed.substr(0, 16), nist_iv);
  EXPECT_EQ(hex(sealed.substr(16, 16)), "f58c4c04d6e5f1ba779eabfb5f7bfbd6"); // SP 800-38A, F.2.5
  EXPECT_EQ(sealed.size(), 48u);
}

TEST(cbc, OpensWhatItSealed) {
  for (const auto& plain : samples())
    EXPECT_EQ(open_cbc(key, seal_cbc(key, iv, plain).value()).value(), plain) << plain.size();
}

TEST(cbc, RefusesAnIvOfAnotherLength) {
  for (std::size_t size : {0u, 12u, 15u, 17u, 32u})
    EXPECT_EQ(seal_cbc(key, std::string(size, 'i'), "text").error(), errc::seal_failed);
}

TEST(cbc, RefusesWhatIsNoWholeNumberOfBlocks) {
  auto sealed = seal_cbc(key, iv, "some text").value();
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(open_cbc(key, sealed.substr(0, size)).error(), errc::unseal_failed) << size;
  EXPECT_EQ(open_cbc(key, sealed + 'x').error(), errc::unseal_failed);
}

TEST(cbc, RefusesWrongPadding) {
  auto sealed = seal_cbc(key, iv, std::string(16, 'p')).value();
  sealed[31] = static_cast<char>(sealed[31] ^ 0x40); // the last byte of the block before the padding: 16 becomes 80
  EXPECT_EQ(open_cbc(key, sealed).error(), errc::unseal_failed);
}

TEST(gcm, OpensTheExamplesOfItsAuthors) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
  key256 zero{};
  auto nonce = std::string(12, '\0');
  EXPECT_EQ(open_gcm(zero, nonce + unhex("530f8afbc74536b9a963b4f1c4cb738b"), "").value(), "");
  EXPECT_EQ(
      open_gcm(zero, nonce + unhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"), "").value(),
      std::string(16, '\0'));
  auto key16 = key_from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").value();
  auto sealed = unhex("cafebabefacedbaddecaf888"
                      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                      "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(hex(open_gcm(key16, sealed, unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")).value()),
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST(gcm, OpensWhatItSealed) {
  for (const auto& plain : samples()) {
    auto sealed = seal_gcm(key, plain, "aad").value();
    EXPECT_EQ(sealed.size(), 12 + plain.size() + 16);
    EXPECT_EQ(open_gcm(key, sealed, "aad").value(), plain) << plain.size();
  }
}

TEST(gcm, OpensWhatItSealedWithoutAad) { EXPECT_EQ(open_gcm(key, seal_gcm(key, "x", {}).value(), {}).value(), "x"); }

TEST(gcm, DrawsANewNonceEachTime) {
  EXPECT_NE(seal_gcm(key, "text", "").value().substr(0, 12), seal_gcm(key, "text", "").value().substr(0, 12));
}

TEST(gcm, RefusesAChangeOfAnyBit) {
  auto sealed = seal_gcm(key, "twenty bytes of text", "aad").value();
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    auto tampered = sealed;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(open_gcm(key, tampered, "aad").error(), errc::unseal_failed) << "bit " << bit;
  }
}

TEST(gcm, RefusesAnyOtherLength) {
  auto sealed = seal_gcm(key, "text", "aad").value();
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(open_gcm(key, sealed.substr(0, size), "aad").error(), errc::unseal_failed) << size;
  EXPECT_EQ(open_gcm(key, sealed + '\0', "aad").error(), errc::unseal_failed);
}

TEST(gcm, RefusesAnotherKeyOrAad) {
  auto sealed = seal_gcm(key, "text", "aad").value();
  EXPECT_EQ(open_gcm(other_key, sealed, "aad").error(), errc::unseal_failed);
  for (auto aad : {"", "aa", "aaD", "aad "})
    EXPECT_EQ(open_gcm(key, sealed, aad).error(), errc::unseal_failed) << aad;
}

TEST(ciphers, LeaveNothingInOpensslsErrorQueueWhenTheyFail) {
  ERR_clear_error();
  auto wrong = seal_cbc(key, iv, std::string(16, 'p')).value();
  wrong[31] = static_cast<char>(wrong[31] ^ 0x40);
  ASSERT_FALSE(open_cbc(key, wrong));
  EXPECT_EQ(ERR_peek_error(), 0u);
  ASSERT_FALSE(open_gcm(key, std::string(40, 'x'), ""));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

} // namespace
} // namespace mdai::crypto
