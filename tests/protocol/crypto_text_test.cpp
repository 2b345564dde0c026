#include "protocol/crypto.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mdai::crypto {
namespace {

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, '\0');
  for (auto& c : text)
    c = static_cast<char>(random());
  return text;
}

struct coded {
  std::string_view plain, standard, url;
};

constexpr coded rfc4648_examples[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/", "-_-_"},
};

TEST(base64, AnswersRfc4648Examples) {
  for (const auto& [plain, standard, url] : rfc4648_examples) {
    EXPECT_EQ(base64(plain), standard);
    EXPECT_EQ(decode_base64(standard).value(), plain);
    EXPECT_EQ(base64url(plain), url);
    EXPECT_EQ(decode_base64url(url).value(), plain);
  }
}

TEST(base64, ComesBackWhateverTheBytes) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    auto plain = random_text(random, size);
    EXPECT_EQ(decode_base64(base64(plain)).value(), plain);
    EXPECT_EQ(is_base64(base64(plain)), size > 0);
    EXPECT_EQ(decode_base64url(base64url(plain)).value(), plain);
  }
}

TEST(base64, RefusesWhatIsNotPaddedBase64) {
  for (std::string_view bad : {"Z",        "Zg",     "Zg=",     "Zm8",      "Zm9vY",
                               "=",        "==",     "===",     "====",     "Z===",
                               "Zg==Zg==", "Zg=a",   "=Zg=",    "Zm8=Zm8=", " Zg==",
                               "Zg== ",    "Zg==\n", "Zm9v\n",  "\nZm9v",   "Zm 9",
                               "Zm9v====", "Zm-_",   "Zm9\x80", "Zm9\xff",  "data:image/jpeg;base64,Zm9v"}) {
    EXPECT_EQ(decode_base64(bad).error(), errc::malformed_base64) << bad;
    EXPECT_FALSE(is_base64(bad)) << bad;
  }
  EXPECT_FALSE(is_base64(std::string_view("Zm9\0", 4)));
  EXPECT_FALSE(is_base64(""));
}

TEST(base64, IsRecognisedExactlyWhenItDecodes) {
  constexpr std::string_view digits = "AQgw+/=z-_ \n";
  std::mt19937 random(2);
  int good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(random() % 13, 'A');
    for (auto& c : text)
      c = random() % 4 ? 'B' : digits[random() % digits.size()];
    auto decodes = decode_base64(text).has_value();
    good += decodes;
    ASSERT_EQ(is_base64(text), decodes && !text.empty()) << text;
  }
  EXPECT_GT(good, 10'000);
}

TEST(base64, FindsAForeignCharacterAnywhere) {
  auto text = base64(std::string(600, 'x'));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto bad = text;
    bad[i] = '*';
    EXPECT_FALSE(is_base64(bad)) << i;
    EXPECT_FALSE(decode_base64(bad)) << i;
  }
}

TEST(base64url, RefusesPaddingForeignDigitsAndLoneDigits) {
  for (std::string_view bad : {"Z", "Zg==", "Zm8=", "Zm9vY", "=", "+/+/", "Zm9v\n", " Zm9v", "Zm 9", "Zm9\x80"})
    EXPECT_EQ(decode_base64url(bad).error(), errc::malformed_base64) << bad;
}

TEST(base64url, HasOneSpellingPerText) {
  for (std::string_view second_spelling : {"Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "Zm9vYmF"})
    EXPECT_EQ(decode_base64url(second_spelling).error(), errc::malformed_base64) << second_spelling;
}

TEST(hex, ComesBackWhateverTheBytes) {
  std::mt19937 random(3);
  for (std::size_t size = 0; size < 100; ++size) {
    auto plain = random_text(random, size);
    EXPECT_EQ(decode_hex(hex(plain)).value(), plain);
  }
}

TEST(hex, IsWrittenInLowerCaseAndReadInBoth) {
  EXPECT_EQ(hex("\x01\xab\xff"), "01abff");
  EXPECT_EQ(decode_hex("01aBFf").value(), "\x01\xab\xff");
}

TEST(hex, RefusesOddLengthsAndForeignDigits) {
  for (std::string_view bad : {"0", "012", "0g", "g0", "0x", " 0", "0\n", "0`", "0@", "0G", "0/", "0:", "0\xb0"})
    EXPECT_EQ(decode_hex(bad).error(), errc::malformed_hex) << bad;
}

TEST(key_from_hex, TakesExactly64Digits) {
  EXPECT_EQ(key_from_hex(std::string(64, 'f')).value()[31], 0xFF);
  for (std::size_t size : {0u, 32u, 62u, 63u, 65u, 66u, 128u})
    EXPECT_EQ(key_from_hex(std::string(size, 'f')).error(), errc::malformed_hex) << size;
  EXPECT_EQ(key_from_hex(std::string(63, 'f') + 'g').error(), errc::malformed_hex);
}

} // namespace
} // namespace mdai::crypto
