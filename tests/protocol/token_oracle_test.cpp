#include <gtest/gtest.h>
#include <jwt/jwt.hpp>

#include "protocol/token.hpp"

/// cpp-jwt, which shares no code with ours, as the second opinion. It reads the real clock, so the tokens
/// here end in 2100.
namespace mdai {
namespace {

const std::string secret = "0123456789abcdef0123456789abcdef-oracle";
const std::string session = "6922e0540000000000000001";
constexpr std::int64_t year_2100 = 4'102'444'800;
constexpr auto now = wall_time{seconds{1'732'389'500}};

TEST(token_oracle, CppJwtReadsWhatWeMint) {
  token_keys keys("mdai-broker", secret, {});
  auto token = keys.mint({object_id::parse(session).value(), "device", "j-1", "", 1'732'389'414, year_2100});
  auto read = jwt::decode(token, jwt::params::algorithms({"HS256"}), jwt::params::secret(secret),
                          jwt::params::issuer("mdai-broker"));
  auto claim = [&](const char* name) { return read.payload().create_json_obj().at(name); };
  EXPECT_EQ(claim("session_id"), session);
  EXPECT_EQ(claim("role"), "device");
  EXPECT_EQ(claim("jti"), "j-1");
  EXPECT_EQ(claim("iat"), 1'732'389'414);
  EXPECT_EQ(claim("exp"), year_2100);
}

TEST(token_oracle, CppJwtRefusesOursUnderAnotherSecret) {
  token_keys keys("mdai-broker", secret, {});
  auto token = keys.mint({object_id::parse(session).value(), "device", "j-1", "", 1'732'389'414, year_2100});
  EXPECT_THROW(jwt::decode(token, jwt::params::algorithms({"HS256"}), jwt::params::secret("another secret")),
               jwt::VerificationError);
}

std::string minted_by_oracle(const char* algorithm) {
  jwt::jwt_object object{jwt::params::algorithm(algorithm), jwt::params::secret(secret)};
  object.add_claim("session_id", session)
      .add_claim("role", "mobile")
      .add_claim("iss", "mdai-broker")
      .add_claim("exp", year_2100);
  return object.signature();
}

TEST(token_oracle, WeReadWhatCppJwtMints) {
  auto read = token_keys("mdai-broker", secret, {}).verify(minted_by_oracle("HS256"), now).value();
  EXPECT_EQ(read.session_id.hex(), session);
  EXPECT_EQ(read.role, "mobile");
  EXPECT_EQ(read.expires_at, year_2100);
}

TEST(token_oracle, WeRefuseItsOtherAlgorithmsAndSecrets) {
  token_keys keys("mdai-broker", secret, {}), others("mdai-broker", "another secret", {});
  for (auto algorithm : {"HS384", "HS512", "NONE"})
    EXPECT_EQ(keys.verify(minted_by_oracle(algorithm), now).error(), errc::malformed_token) << algorithm;
  EXPECT_EQ(others.verify(minted_by_oracle("HS256"), now).error(), errc::bad_signature);
}

} // namespace
} // namespace mdai
