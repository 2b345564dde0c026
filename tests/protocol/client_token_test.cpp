#include "protocol/face/client_token.hpp"

#include <gtest/gtest.h>

namespace mdai::face {
namespace {

const token_keys keys{"issuer", "a-secret-of-tests-with-more-than-32-bytes", {}};
const wall_time now = from_unix_ms(1'764'000'000'000);

client_claims claims() { return {"acme", key_source::secret_key, "j", unix_seconds(now), unix_seconds(now) + 3600}; }

errc error_of(const std::string& token, wall_time at = now) {
  auto got = verify_client_token(keys, token, at);
  return got ? errc{} : static_cast<errc>(got.error().value());
}

TEST(client_tokens, RememberTheClientAndTheNameOfItsSecret) {
  auto got = verify_client_token(keys, mint_client_token(keys, claims()), now);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->client_id, "acme");
  EXPECT_EQ(got->key_source, key_source::secret_key);
  EXPECT_EQ(got->jti, "j");
  EXPECT_EQ(got->expires_at, unix_seconds(now) + 3600);
}

TEST(client_tokens, EndWhenTheySay) {
  auto token = mint_client_token(keys, claims());
  EXPECT_EQ(error_of(token, now + seconds{3599}), errc{});
  EXPECT_EQ(error_of(token, now + seconds{3600}), errc::token_expired);
}

TEST(client_tokens, OfOthersAreRefused) {
  token_keys stranger{"issuer", "another-secret-with-more-than-32-bytes!!", {}};
  EXPECT_EQ(error_of(mint_client_token(stranger, claims())), errc::bad_signature);
  token_keys other_issuer{"elsewhere", "a-secret-of-tests-with-more-than-32-bytes", {}};
  EXPECT_EQ(error_of(mint_client_token(other_issuer, claims())), errc::bad_claims);
  for (auto text : {"", "a.b.c", "..", "no token"})
    EXPECT_EQ(error_of(text), errc::malformed_token) << text;
}

TEST(client_tokens, AndTokensOfSessionsDoNotStandInForEachOther) {
  token_claims session;
  session.role = "client";
  session.expires_at = unix_seconds(now) + 60;
  EXPECT_EQ(error_of(keys.mint(session)), errc::bad_claims);
  EXPECT_FALSE(keys.verify(mint_client_token(keys, claims()), now));
}

TEST(client_tokens, NeedEveryClaimInItsType) {
  const auto* rest = R"(,"iss":"issuer","exp":1764000060})";
  for (auto text : {R"({"role":"client","client_id":"a")", R"({"role":"client","client_id":"","key_source":"api_key")",
                    R"({"role":"client","client_id":7,"key_source":"api_key")",
                    R"({"role":"client","client_id":"a","key_source":"other")",
                    R"({"role":"mobile","client_id":"a","key_source":"api_key")"})
    EXPECT_EQ(error_of(keys.sign(std::string{text} + rest)), errc::bad_claims) << text;
  for (auto exp : {R"("exp":"1764000060")", R"("exp":null)", R"("iat":0)"})
    EXPECT_EQ(error_of(keys.sign(R"({"role":"client","client_id":"a","key_source":"api_key","iss":"issuer",)" +
                                 std::string{exp} + "}")),
              errc::bad_claims)
        << exp;
  EXPECT_EQ(error_of(keys.sign(R"({"role":"client","client_id":"a","key_source":"api_key")" + std::string{rest})),
            errc{});
  EXPECT_EQ(error_of(keys.sign("[]")), errc::malformed_token);
}

} // namespace
} // namespace mdai::face
