#include "protocol/token.hpp"

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"
#include "tests/protocol/vectors.hpp"

namespace mdai {
namespace {

const std::string secret = "0123456789abcdef0123456789abcdef-test";
const std::string session = "6922e0540000000000000001";
constexpr auto now = wall_time{seconds{1'000'000}};

token_keys keys(std::vector<std::string> previous = {}) { return {"mdai-broker", secret, std::move(previous)}; }

token_claims claims() {
  return {object_id::parse(session).value(), "mobile", "jti-1", "mdai-broker", 1'000'000, 1'000'180};
}

/// A token of any header and claims, rightly signed.
std::string signed_token(std::string_view header, std::string_view payload, std::string_view key = secret) {
  auto text = crypto::base64url(header) + '.' + crypto::base64url(payload);
  return text + '.' + crypto::base64url(crypto::hmac_sha256(key, text));
}

/// A rightly signed token whose claims are the usual ones but for `change`, a JSON merge patch.
std::string token_with(std::string_view change) {
  auto payload = nlohmann::json{{"session_id", session}, {"role", "mobile"}, {"jti", "j"},
                                {"iss", "mdai-broker"},  {"iat", 1'000'000}, {"exp", 1'000'180}};
  payload.merge_patch(nlohmann::json::parse(change));
  return signed_token(R"({"alg":"HS256"})", payload.dump());
}

nlohmann::json part(const std::string& token, int index) {
  auto start = index == 0 ? 0 : token.find('.') + 1;
  return nlohmann::json::parse(crypto::decode_base64url(token.substr(start, token.find('.', start) - start)).value());
}

TEST(token, ComesBackAsItWasMinted) {
  auto read = keys().verify(keys().mint(claims()), now).value();
  EXPECT_EQ(read.session_id.hex(), session);
  EXPECT_EQ(read.role, "mobile");
  EXPECT_EQ(read.jti, "jti-1");
  EXPECT_EQ(read.issuer, "mdai-broker");
  EXPECT_EQ(read.issued_at, 1'000'000);
  EXPECT_EQ(read.expires_at, 1'000'180);
}

TEST(token, HasTheContractsHeaderAndClaims) {
  auto token = keys().mint(claims());
  EXPECT_EQ(part(token, 0)["alg"], "HS256");
  EXPECT_EQ(part(token, 0)["typ"], "JWT");
  EXPECT_EQ(part(token, 0)["kid"].get<std::string>().size(), 8u);
  EXPECT_EQ(part(token, 1), (nlohmann::json{{"session_id", session},
                                            {"role", "mobile"},
                                            {"jti", "jti-1"},
                                            {"iss", "mdai-broker"},
                                            {"iat", 1'000'000},
                                            {"exp", 1'000'180}}));
}

TEST(token, IsTheSameForTheSameClaims) { EXPECT_EQ(keys().mint(claims()), keys().mint(claims())); }

TEST(token, KeepsUnusualCharactersOfItsClaims) {
  auto unusual = claims();
  unusual.jti = "q\"\\\n\u00e9\U0001F600";
  EXPECT_EQ(keys().verify(keys().mint(unusual), now).value().jti, unusual.jti);
}

TEST(token, ExpiresAtItsExpAndNoMillisecondEarlier) {
  auto token = keys().mint(claims());
  auto end = wall_time{seconds{1'000'180}};
  EXPECT_TRUE(keys().verify(token, end - milliseconds{1}));
  EXPECT_EQ(keys().verify(token, end).error(), errc::token_expired);
  EXPECT_EQ(keys().verify(token, end + seconds{1}).error(), errc::token_expired);
}

TEST(token, TakesAFractionalExpToTheMillisecond) {
  auto token = token_with(R"({"exp":1000000.5})");
  EXPECT_TRUE(keys().verify(token, now + milliseconds{499}));
  EXPECT_EQ(keys().verify(token, now + milliseconds{500}).error(), errc::token_expired);
}

TEST(token, TakesAnExpBeyondAllCounting) {
  for (auto exp : {"1e300", "18446744073709551615", "123456789012345678901234567890"})
    EXPECT_GT(keys().verify(token_with("{\"exp\":" + std::string{exp} + "}"), now).value().expires_at, 1'000'180);
  for (auto exp : {"-1e300", "-9223372036854775808", "0", "-0.5"})
    EXPECT_EQ(keys().verify(token_with("{\"exp\":" + std::string{exp} + "}"), now).error(), errc::token_expired);
}

TEST(token, IsRefusedWhenAClaimIsMissingOrOfAnotherType) {
  for (auto change : {R"({"exp":null})", R"({"exp":"9999999999"})", R"({"exp":true})", R"({"exp":[1000180]})",
                      R"({"exp":{"a":1}})", R"({"session_id":null})", R"({"session_id":1})", R"({"session_id":""})",
                      R"({"session_id":"6922e05400000000000000"})", R"({"session_id":"zzzze0540000000000000001"})",
                      R"({"role":null})", R"({"role":1})", R"({"jti":1})", R"({"iat":"1000000"})", R"({"iat":false})",
                      R"({"iss":null})", R"({"iss":"someone else"})", R"({"iss":7})", R"({"iss":""})"})
    EXPECT_EQ(keys().verify(token_with(change), now).error(), errc::bad_claims) << change;
}

TEST(token, IsRefusedWhenAClaimIsNull) {
  for (std::string_view name : {"exp", "session_id", "role", "jti", "iat", "iss"}) {
    auto payload = nlohmann::json{{"session_id", session}, {"role", "mobile"}, {"jti", "j"},
                                  {"iss", "mdai-broker"},  {"iat", 1'000'000}, {"exp", 1'000'180}};
    payload[std::string{name}] = nullptr;
    EXPECT_EQ(keys().verify(signed_token(R"({"alg":"HS256"})", payload.dump()), now).error(), errc::bad_claims) << name;
  }
}

TEST(token, NeedsNeitherJtiNorIat) {
  auto read = keys().verify(token_with(R"({"jti":null,"iat":null,"unknown":[{}]})"), now).value();
  EXPECT_EQ(read.jti, "");
  EXPECT_EQ(read.issued_at, 0);
}

TEST(token, NeedsNoIssuerWhenOursIsUnnamed) {
  token_keys unnamed("", secret, {});
  EXPECT_TRUE(unnamed.verify(token_with(R"({"iss":null})"), now));
  EXPECT_EQ(unnamed.verify(token_with(R"({"iss":"anyone"})"), now).value().issuer, "anyone");
}

TEST(token, IsRefusedUnderAnyOtherAlgorithm) {
  auto payload = part(token_with("{}"), 1).dump();
  for (auto header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})",
                      R"({"alg":"RS256"})", R"({"alg":"HS256 "})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({})",
                      R"({"alg":"HS256","alg":"none"})", R"({"alg":"HS256","crit":["exp"]})"})
    EXPECT_EQ(keys().verify(signed_token(header, payload), now).error(), errc::malformed_token) << header;
}

TEST(token, TakesAnyTypAndUnknownHeaderFields) {
  auto payload = part(token_with("{}"), 1).dump();
  for (auto header : {R"({"alg":"HS256"})", R"({"typ":"other","alg":"HS256"})", R"({"alg":"HS256","typ":7,"x":{}})",
                      R"({"alg":"HS256","kid":"k1"})", R"({"alg":"HS256","kid":1})", R"({"alg":"HS256","kid":""})"})
    EXPECT_TRUE(keys().verify(signed_token(header, payload), now)) << header;
}

TEST(token, IsMalformedWhenItsShapeIsWrong) {
  auto good = keys().mint(claims());
  auto first = good.find('.'), last = good.rfind('.');
  auto header = good.substr(0, first), payload = good.substr(first + 1, last - first - 1), mac = good.substr(last + 1);
  for (const auto& bad :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, header, header + '.' + payload,
        good + '.', '.' + good, good + ".x", good + ' ', ' ' + good, good + '=', header + ".." + mac,
        '.' + payload + '.' + mac, header + "=." + payload + '.' + mac, "e30." + payload + '.' + mac,
        "W10." + payload + '.' + mac, std::string(5000, 'a')})
    EXPECT_EQ(keys().verify(bad, now).error(), bad == header + ".." + mac ? errc::bad_signature : errc::malformed_token)
        << bad;
}

TEST(token, IsMalformedWhenItsClaimsAreNoObject) {
  for (auto payload : {"", "[]", "1", "null", "{", "{}x", "\"exp\"", "{\"exp\":1e400}", "\xff"})
    EXPECT_EQ(keys().verify(signed_token(R"({"alg":"HS256"})", payload), now).error(), errc::malformed_token)
        << payload;
}

TEST(token, IsMalformedOverFourKib) {
  auto of_size = [](std::size_t padding) { return token_with("{\"x\":\"" + std::string(padding, 'x') + "\"}"); };
  std::size_t padding = 2500;
  while (of_size(padding + 1).size() <= 4096)
    ++padding;
  EXPECT_TRUE(keys().verify(of_size(padding), now));
  EXPECT_EQ(keys().verify(of_size(padding + 1), now).error(), errc::malformed_token);
}

TEST(token, SurvivesDeepNesting) {
  EXPECT_EQ(keys().verify(crypto::base64url(std::string(2900, '[')) + "..", now).error(), errc::malformed_token);
}

TEST(token, IsRefusedWhenAnyCharacterChanges) {
  auto good = keys().mint(claims());
  for (std::size_t i = 0; i < good.size(); ++i)
    for (char c : {'A', 'b', '_', '.', '='})
      if (good[i] != c) {
        auto bad = good;
        bad[i] = c;
        EXPECT_FALSE(keys().verify(bad, now)) << i << ' ' << c;
      }
}

TEST(token, IsRefusedWhenItsSignatureIsCutOrLonger) {
  auto good = keys().mint(claims());
  auto text = good.substr(0, good.rfind('.'));
  auto mac = crypto::hmac_sha256(secret, text);
  for (std::size_t size = 0; size < mac.size(); ++size)
    EXPECT_EQ(keys().verify(text + '.' + crypto::base64url(mac.substr(0, size)), now).error(), errc::bad_signature);
  EXPECT_EQ(keys().verify(text + '.' + crypto::base64url(mac + 'x'), now).error(), errc::bad_signature);
}

TEST(token, StaysValidAcrossARotation) {
  token_keys before("mdai-broker", "the old secret", {});
  auto after = keys({"the old secret", "an older one"});
  EXPECT_TRUE(after.verify(before.mint(claims()), now));
  EXPECT_TRUE(after.verify(token_keys("mdai-broker", "an older one", {}).mint(claims()), now));
  EXPECT_EQ(before.verify(after.mint(claims()), now).error(), errc::bad_signature);
  EXPECT_EQ(keys().verify(before.mint(claims()), now).error(), errc::bad_signature);
}

TEST(token, IsCheckedOnlyWithTheKeyItsKidNames) {
  token_keys old_keys("mdai-broker", "the old secret", {});
  auto header = part(old_keys.mint(claims()), 0).dump(); // names the old key
  EXPECT_EQ(keys({"the old secret"}).verify(signed_token(header, part(token_with("{}"), 1).dump()), now).error(),
            errc::bad_signature);
}

TEST(token, NeverAcceptsAnEmptySecret) {
  auto forged = signed_token(R"({"alg":"HS256"})", part(token_with("{}"), 1).dump(), "");
  EXPECT_EQ(keys({""}).verify(forged, now).error(), errc::bad_signature);
  token_keys unset("mdai-broker", "", {});
  EXPECT_EQ(unset.verify(forged, now).error(), errc::bad_signature);
  EXPECT_TRUE(unset.verify(unset.mint(claims()), now));
}

TEST(token_vectors, AcceptsTheValidOneUntilItExpires) {
  const auto& v = vectors()["jwt_hs256"];
  token_keys k("mdai-broker", v["secret_utf8"], {});
  auto at = [&](const char* name) { return wall_time{seconds{v[name].get<std::int64_t>()}}; };
  auto read = k.verify(v["token"].get<std::string>(), at("valid_at")).value();
  EXPECT_EQ(read.session_id.hex(), v["claims"]["session_id"]);
  EXPECT_EQ(read.role, v["claims"]["role"]);
  EXPECT_EQ(read.jti, v["claims"]["jti"]);
  EXPECT_EQ(read.issuer, v["claims"]["iss"]);
  EXPECT_EQ(read.issued_at, v["claims"]["iat"]);
  EXPECT_EQ(read.expires_at, v["claims"]["exp"]);
  EXPECT_TRUE(k.verify(v["token"].get<std::string>(), at("expired_at") - milliseconds{1}));
  EXPECT_EQ(k.verify(v["token"].get<std::string>(), at("expired_at")).error(), errc::token_expired);
}

TEST(token_vectors, RejectsEveryBadOne) {
  const auto& v = vectors()["jwt_hs256"];
  token_keys k("mdai-broker", v["secret_utf8"], {});
  auto valid_at = wall_time{seconds{v["valid_at"].get<std::int64_t>()}};
  std::map<std::string, errc> expected{{"alg none", errc::malformed_token},
                                       {"HS512 under the same secret", errc::malformed_token},
                                       {"tampered claim", errc::bad_signature},
                                       {"wrong secret", errc::bad_signature},
                                       {"no exp", errc::bad_claims},
                                       {"exp is a string", errc::bad_claims}};
  ASSERT_EQ(vectors()["jwt_must_reject"].size(), expected.size());
  for (const auto& bad : vectors()["jwt_must_reject"])
    EXPECT_EQ(k.verify(bad["token"].get<std::string>(), valid_at).error(), expected.at(bad["why"])) << bad["why"];
}

} // namespace
} // namespace mdai
