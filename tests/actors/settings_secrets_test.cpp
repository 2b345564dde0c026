#include "actors/settings_secrets.hpp"

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"

namespace mdai::config {
namespace {

std::string repeated(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size)
    out += text;
  return out.substr(0, size);
}

TEST(settings_secrets, RefusesTheMissingAndTheShort) {
  EXPECT_EQ(weakness(""), "is missing");
  EXPECT_EQ(weakness("short"), "is too short (5 bytes, at least 32 wanted)");
  EXPECT_EQ(weakness(make_secret().substr(0, 31)), "is too short (31 bytes, at least 32 wanted)");
  EXPECT_EQ(weakness(make_secret().substr(0, 32)), "");
}

TEST(settings_secrets, RefusesWhatEverybodyCouldGuess) {
  const std::vector<std::string> guessed{
      repeated("a", 32),
      repeated("ab", 64),
      repeated("0", 64),
      repeated("changeme", 32),
      repeated("secret-", 40),
      repeated("Password", 33),
      repeated("deadbeef", 64),
      repeated("0123456789abcdef", 64),
      repeated("0123456789ABCDEF", 64),
      repeated("1234567890", 32),
      "0123456789abcdefghijklmnopqrstuvwxyz",
      "0123456789abcdef0123456789abcdef-jwt",
      "0123456789abcdef0123456789abcdef-test",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100",
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
      "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
      "your-secret-key-change-in-production",
      "your-256-bit-secret-key-goes-here-please-change",
      "my-super-secret-jwt-key-for-development-only",
      "supersecretjwtkeythatisatleast32characterslong",
      "change-this-to-a-random-string-in-production-2024",
      "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
      "aaaaaaaabbbbbbbbccccccccdddddddd",
      "password12345678901234567890123456",
      crypto::hex("your-secret-key-change-this-now!"),
      crypto::hex(repeated("x", 32)),
  };
  for (const auto& secret : guessed)
    EXPECT_EQ(weakness(secret), "is well-known or easily guessed") << secret;
}

TEST(settings_secrets, TakesWhatChanceMade) {
  for (int i = 0; i < 2'000; ++i) {
    auto bytes = crypto::random_bytes(32);
    for (const auto& secret : {crypto::hex(bytes), crypto::base64(bytes), crypto::base64url(bytes), make_secret(),
                               crypto::hex(bytes.substr(0, 16))})
      EXPECT_EQ(weakness(secret), "") << secret;
  }
}

TEST(settings_secrets, TakesALongPassphrase) {
  EXPECT_EQ(weakness("correct horse battery staple, and a zebra on the roof"), "");
}

TEST(settings_secrets, MakesAnotherOneEachTime) {
  EXPECT_EQ(make_secret().size(), 64u);
  EXPECT_NE(make_secret(), make_secret());
}

} // namespace
} // namespace mdai::config
