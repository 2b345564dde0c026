#include "protocol/password.hpp"

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"

namespace mdai::password {
namespace {

TEST(passwords, AreDerivedAsTheStandardSays) {
  // RFC 7914, section 12: N = 16384, r = 8, p = 1; the first 32 bytes.
  EXPECT_EQ(crypto::hex(*derive("pleaseletmein", "SodiumChloride")),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(passwords, DependOnSecretAndSalt) {
  auto one = *derive("secret", "salt");
  EXPECT_EQ(one, *derive("secret", "salt"));
  EXPECT_NE(one, *derive("secreT", "salt"));
  EXPECT_NE(one, *derive("secret", "salT"));
  EXPECT_TRUE(derive("", "").has_value());
}

} // namespace
} // namespace mdai::password
