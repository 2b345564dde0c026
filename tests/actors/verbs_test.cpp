#include "actors/verbs/verbs.hpp"

#include <algorithm>
#include <sstream>

#include "protocol/token.hpp"
#include "tests/actors/config_fixture.hpp"

namespace mdai {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const std::string session_id = "6922e0540000000000000001";
const wall_time noon = from_unix_ms(1'800'000'000'000);

std::string with_single_blanks(std::string text) {
  auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
  text.erase(std::unique(text.begin(), text.end(), both_blank), text.end());
  return text;
}

class verbs : public config::config_test {
protected:
  verb_context context() { return {sources, out, err}; }
  std::string mint(const mint_request& request) {
    auto c = context();
    EXPECT_EQ(mint_token(c, request, noon), 0) << err.str();
    auto token = out.str();
    out.str({});
    return token.substr(0, token.size() - 1);
  }
  int inspect(const std::string& token, wall_time now) {
    auto c = context();
    return inspect_token(c, token, now);
  }
  int refused_mint(const mint_request& request) {
    auto c = context();
    return mint_token(c, request, noon);
  }
  std::ostringstream out, err;
};

TEST(command_line, TakesTheFlagsOfOptionsAndLeavesTheRest) {
  std::vector<config::flag> flags;
  auto rest = take_setting_flags({"serve", "--session.ttl", "3m", "--config", "x.toml", "--server.port=81", "--mode",
                                  "development", "--sesion.ttl", "--auth.issuer=", "inspect", "--", "--log.level", "x"},
                                 flags);
  EXPECT_THAT(rest, ElementsAre("serve", "--config", "x.toml", "inspect", "--", "--log.level", "x"));
  ASSERT_EQ(flags.size(), 5u);
  EXPECT_EQ(flags[0].name + "=" + flags[0].value.value(), "session.ttl=3m");
  EXPECT_EQ(flags[1].name + "=" + flags[1].value.value(), "server.port=81");
  EXPECT_EQ(flags[2].name + "=" + flags[2].value.value(), "mode=development");
  EXPECT_EQ(flags[3].name, "sesion.ttl");
  EXPECT_FALSE(flags[3].value);
  EXPECT_EQ(flags[4].value, "");
}

TEST(command_line, TakesTheEnvironmentApart) {
  ASSERT_EQ(setenv("MDAI_VERBS_TEST", "a=b", 1), 0);
  EXPECT_THAT(environment_of_process(),
              testing::Contains(std::pair<std::string, std::string>{"MDAI_VERBS_TEST", "a=b"}));
  unsetenv("MDAI_VERBS_TEST");
}

TEST_F(verbs, CheckConfigShowsValuesOriginsAndNoSecrets) {
  good_production();
  toml("[session]\nttl = '5m'\n");
  auto c = context();
  EXPECT_EQ(check_config(c), 0);
  auto lines = with_single_blanks(out.str());
  EXPECT_THAT(lines, HasSubstr("session.ttl = 5m # " + path("mdai-broker.toml") + ":2:7\n"));
  EXPECT_THAT(lines, HasSubstr("auth.timeout = 10s # default\n"));
  EXPECT_THAT(lines, HasSubstr("auth.jwt_secret = (set, 64 bytes) # environment JWT_SECRET\n"));
  EXPECT_THAT(lines, HasSubstr("auth.jwt_secrets_previous = (not set) # default\n"));
  EXPECT_THAT(lines, Not(HasSubstr(value_of("JWT_SECRET"))));
  EXPECT_EQ(err.str(), "the settings are good\n");
}

TEST_F(verbs, CheckConfigReportsMistakes) {
  good_production();
  environment("MDAI_SESION_TTL", "3m");
  auto c = context();
  EXPECT_EQ(check_config(c), 1);
  EXPECT_EQ(err.str(), "error: environment: MDAI_SESION_TTL: unknown, did you mean MDAI_SESSION_TTL?\n"
                       "the broker would not start\n");
}

TEST_F(verbs, CheckConfigMakesNoFile) {
  development();
  auto c = context();
  EXPECT_EQ(check_config(c), 0);
  EXPECT_TRUE(std::filesystem::is_empty(path("")));
}

TEST_F(verbs, GenConfigPrintsWhatIsAskedFor) {
  auto printed = [&](gen_config_request request) {
    out.str({});
    auto c = context();
    EXPECT_EQ(gen_config(c, request), 0);
    return out.str();
  };
  EXPECT_THAT(printed({}), HasSubstr("\n[session]\n"));
  EXPECT_THAT(printed({.env = true}), HasSubstr("\nJWT_SECRET=\n"));
  EXPECT_THAT(printed({.docs = true}), HasSubstr("# Settings\n"));
  EXPECT_THAT(printed({.secrets = true}), testing::MatchesRegex("JWT_SECRET=[0-9a-f]{64}\n(.|\n)*"));
}

TEST_F(verbs, MintsATokenThatTheBrokerKnows) {
  development();
  environment("JWT_SECRET", config::make_secret());
  auto token = mint({.role = "device", .session_id = session_id, .ttl = "1m"});
  token_keys keys{"mdai-broker", value_of("JWT_SECRET"), {}};
  auto claims = keys.verify(token, noon + 59s);
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->session_id.hex(), session_id);
  EXPECT_EQ(claims->role, "device");
  EXPECT_EQ(claims->expires_at, unix_seconds(noon) + 60);
}

TEST_F(verbs, InspectShowsClaimsAndJudgesThem) {
  development();
  environment("JWT_SECRET", config::make_secret());
  auto token = mint({.role = "mobile", .session_id = session_id, .ttl = {}});
  EXPECT_EQ(inspect(token, noon), 0);
  EXPECT_THAT(out.str(), HasSubstr(R"("session_id":")" + session_id + '"'));
  EXPECT_THAT(out.str(), HasSubstr("iat:       2027-01-15T08:00:00.000Z\n"));
  EXPECT_THAT(out.str(), HasSubstr("exp:       2027-01-15T08:03:00.000Z\n"));
  EXPECT_THAT(out.str(), HasSubstr("verdict:   good under the current settings\n"));
  out.str({});
  EXPECT_EQ(inspect(token, noon + 180s), 1);
  EXPECT_THAT(out.str(), HasSubstr("verdict:   " + make_error_code(errc::token_expired).message()));
}

TEST_F(verbs, InspectShowsForeignTokensToo) {
  development();
  environment("JWT_SECRET", config::make_secret());
  auto token = mint({.role = "mobile", .session_id = session_id, .ttl = {}});
  change("JWT_SECRET", config::make_secret());
  EXPECT_EQ(inspect(token, noon), 1);
  EXPECT_THAT(out.str(), HasSubstr(session_id));
  EXPECT_THAT(out.str(), HasSubstr("verdict:   " + make_error_code(errc::bad_signature).message()));
  out.str({});
  change("JWT_SECRET", "");
  EXPECT_EQ(inspect(token, noon), 1);
  EXPECT_THAT(out.str(), HasSubstr("verdict:   unknown: JWT_SECRET is not set\n"));
}

TEST_F(verbs, InspectRefusesWhatIsNoToken) {
  for (const std::string text : {"", "x", "a.b.c", "..", "e30.e30", "bnVsbA.bnVsbA.x", "e30.bm9wZQ.x"}) {
    err.str({});
    EXPECT_EQ(inspect(text, noon), 1) << text;
    EXPECT_EQ(err.str(), "error: this is no token: header.claims.signature in base64url is wanted\n") << text;
  }
}

TEST_F(verbs, MintRefusesOutsideDevelopmentAndWithoutASecret) {
  EXPECT_EQ(refused_mint({.role = "mobile", .session_id = session_id, .ttl = {}}), 1);
  EXPECT_EQ(err.str(), "error: tokens are minted in development mode only (MDAI_MODE=development)\n");
  err.str({});
  development();
  EXPECT_EQ(refused_mint({.role = "mobile", .session_id = session_id, .ttl = {}}), 1);
  EXPECT_EQ(err.str(), "error: JWT_SECRET is not set: no broker would know the token\n");
}

TEST_F(verbs, MintSaysWhichArgumentIsWrong) {
  development();
  environment("JWT_SECRET", config::make_secret());
  const std::vector<std::pair<mint_request, std::string>> cases{
      {{"mobile", "69", ""}, "error: --session: 24 hexadecimal digits are wanted\n"},
      {{"bridge", session_id, ""}, "error: --role: mobile or device is wanted\n"},
      {{"mobile", session_id, "0"}, "error: --ttl: a duration from 1s to 24h is wanted\n"},
      {{"mobile", session_id, "25h"}, "error: --ttl: a duration from 1s to 24h is wanted\n"},
      {{"mobile", session_id, "x"}, "error: --ttl: a duration from 1s to 24h is wanted\n"},
  };
  for (const auto& [request, expected] : cases) {
    err.str({});
    EXPECT_EQ(refused_mint(request), 1);
    EXPECT_EQ(err.str(), expected);
    EXPECT_EQ(out.str(), "");
  }
}

} // namespace
} // namespace mdai
