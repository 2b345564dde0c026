#include "tests/actors/config_fixture.hpp"

namespace mdai::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class settings_reload : public config_test {};

TEST_F(settings_reload, MarksTheOptionsThatTheOperatorsGuidePromises) {
  std::vector<std::string> names;
  for (const auto& o : options())
    if (o.traits.reloadable && o.section() != "limits" && o.section() != "face")
      names.emplace_back(o.name);
  EXPECT_THAT(names, ElementsAre("server.trusted_proxies", "auth.jwt_secret", "auth.jwt_secrets_previous",
                                 "auth.mobile_trust_body", "backend.api_key", "verification.min_consecutive_passes",
                                 "admin.token", "log.level", "cors.allowed_origins", "devices.require_registration",
                                 "devices.prove_identity", "bridge.hardware_api_keys", "bridge.privacy",
                                 "bridge.ping_interval"));
  for (const auto& o : options())
    EXPECT_TRUE(o.section() != "limits" || o.traits.reloadable) << o.name;
}

TEST_F(settings_reload, OfTheFaceProductOnlyWhatItIsBuiltOnMustWait) {
  std::vector<std::string> must_wait;
  for (const auto& o : options())
    if (o.section() == "face" && !o.traits.reloadable)
      must_wait.emplace_back(o.name);
  EXPECT_THAT(must_wait,
              ElementsAre("face.enabled", "face.clients", "face.engine", "face.cascade_dir", "face.onnx_detector",
                          "face.onnx_recognizer", "face.remote_url", "face.remote_timeout", "face.workers"));
}

TEST_F(settings_reload, TakesWhatMayChangeAndNamesWhatMustWait) {
  good_production();
  toml("[log]\nlevel = 'info'\n[session]\nttl = '3m'\n");
  auto running = load(sources);
  ASSERT_THAT(running.errors, IsEmpty());
  toml("[log]\nlevel = 'debug'\n[session]\nttl = '5m'\n[limits]\nmessage_burst = 7\n[server]\nport = 81\n");
  auto next = reload(running.values, sources);
  EXPECT_THAT(next.errors, IsEmpty());
  EXPECT_THAT(next.changed, ElementsAre("limits.message_burst", "log.level"));
  EXPECT_THAT(next.need_restart, ElementsAre("server.port", "session.ttl"));
  EXPECT_EQ(next.values.log.level, "debug");
  EXPECT_EQ(next.values.limits.message_burst, 7u);
  EXPECT_EQ(next.values.session.ttl, running.values.session.ttl);
  EXPECT_EQ(next.values.server.port, running.values.server.port);
}

TEST_F(settings_reload, ChangesNothingWhenNothingChanged) {
  good_production();
  auto next = reload(load(sources).values, sources);
  EXPECT_TRUE(next.ok());
  EXPECT_THAT(next.changed, IsEmpty());
  EXPECT_THAT(next.need_restart, IsEmpty());
}

TEST_F(settings_reload, ReportsEveryMistake) {
  good_production();
  auto running = load(sources).values;
  change("JWT_SECRET", "short");
  toml("[log]\nlevel = 'loud'\n");
  EXPECT_THAT(
      relative(reload(running, sources).errors),
      ElementsAre("mdai-broker.toml:2:9: log.level: 'loud' is none of trace, debug, info, warn, error, critical, "
                  "off",
                  "environment: JWT_SECRET is too short (5 bytes, at least 32 wanted); make one with: openssl rand "
                  "-hex 32"));
}

TEST_F(settings_reload, KeepsWhatDevelopmentMadeUp) {
  development();
  auto running = load(sources).values;
  auto next = reload(running, sources);
  EXPECT_THAT(next.errors, IsEmpty());
  EXPECT_THAT(next.warnings, IsEmpty());
  EXPECT_THAT(next.changed, IsEmpty());
  EXPECT_THAT(next.need_restart, IsEmpty());
  EXPECT_EQ(next.values.auth.jwt_secret, running.auth.jwt_secret);
  EXPECT_EQ(next.values.storage.key, running.storage.key);
}

TEST_F(settings_reload, KeepsTheRulesOfTheModeThatRuns) {
  good_production();
  auto running = load(sources).values;
  environment("MDAI_MODE", "development");
  change("JWT_SECRET", "");
  auto next = reload(running, sources);
  EXPECT_THAT(next.need_restart, ElementsAre("mode"));
  EXPECT_THAT(next.errors, ElementsAre(HasSubstr("JWT_SECRET is missing")));
}

TEST_F(settings_reload, RotatesTheTokenSecret) {
  good_production();
  auto running = load(sources).values;
  auto old = value_of("JWT_SECRET");
  change("JWT_SECRET", make_secret());
  environment("MDAI_AUTH_JWT_SECRETS_PREVIOUS", old);
  auto next = reload(running, sources);
  EXPECT_THAT(next.errors, IsEmpty());
  EXPECT_THAT(next.changed, ElementsAre("auth.jwt_secret", "auth.jwt_secrets_previous"));
  EXPECT_EQ(next.values.auth.jwt_secret, value_of("JWT_SECRET"));
  EXPECT_THAT(next.values.auth.jwt_secrets_previous, ElementsAre(old));
}

} // namespace
} // namespace mdai::config
