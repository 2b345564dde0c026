#include "actors/settings_load.hpp"

#include "tests/actors/config_fixture.hpp"

namespace mdai::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

class settings_load : public config_test {};

TEST_F(settings_load, KnowsEveryNameOfTheContract) {
  const std::map<std::string, std::string> names{
      {"SERVER_HOST", "server.host"},
      {"SERVER_PORT", "server.port"},
      {"JWT_SECRET", "auth.jwt_secret"},
      {"QR_ENCRYPTION_KEY", "qr.encryption_key"},
      {"BACKEND_VALIDATE_URL", "backend.validate_url"},
      {"BACKEND_API_URL", "backend.api_url"},
      {"BACKEND_API_KEY", "backend.api_key"},
      {"DB_PATH", "storage.path"},
      {"LOG_LEVEL", "log.level"},
      {"ADMIN_TOKEN", "admin.token"},
      {"HARDWARE_API_KEYS", "bridge.hardware_api_keys"},
      {"STORAGE_KEY", "storage.key"},
      {"DEVICE_MASTER_SECRET", "devices.master_secret"},
      {"REGISTRATION_TOKEN", "devices.registration_token"},
      {"MDAI_MODE", "mode"},
      {"MDAI_TLS_PORT", "tls.port"},
      {"MDAI_TLS_CERT", "tls.cert"},
      {"MDAI_TLS_KEY", "tls.key"},
      {"MDAI_SESSION_TTL", "session.ttl"},
      {"MDAI_AUTH_TIMEOUT", "auth.timeout"},
      {"MDAI_BACKEND_TIMEOUT", "backend.timeout"},
      {"MDAI_DEVICES_CHALLENGE_TTL", "devices.challenge_ttl"},
      {"MDAI_ADMIN_PORT", "admin.port"},
      {"MDAI_SERVER_PORT", "server.port"},
  };
  for (const auto& [variable, option_name] : names) {
    const auto* found = find_environment(variable);
    ASSERT_NE(found, nullptr) << variable;
    EXPECT_EQ(found->name, option_name);
  }
}

TEST_F(settings_load, ReadsEveryKindOfValueFromToml) {
  toml("mode = 'development'\n"
       "server.port = 8081\n"
       "[session]\nttl = '90s'\nretention = 7200\n"
       "[auth]\nrole_bound_tokens = false\njwt_secrets_previous = ['one', 'two,three']\n"
       "[limits]\nmax_body_bytes = '2MiB'\nmax_header_bytes = 2048\n"
       "[cors]\nallowed_origins = 'https://a.example, https://b.example'\n"
       "[log]\nlevel = 'WARNING'\n"
       "[multi_scan]\npolicy = 'block'\n");
  auto read = read_sources(sources);
  EXPECT_THAT(read.errors, IsEmpty());
  const auto& s = read.values;
  EXPECT_TRUE(s.development());
  EXPECT_EQ(s.server.port, 8081);
  EXPECT_EQ(s.session.ttl, 90s);
  EXPECT_EQ(s.session.retention, 2h);
  EXPECT_FALSE(s.auth.role_bound_tokens);
  EXPECT_THAT(s.auth.jwt_secrets_previous, ElementsAre("one", "two,three"));
  EXPECT_EQ(s.limits.max_body_bytes, 2u << 20);
  EXPECT_EQ(s.limits.max_header_bytes, 2048u);
  EXPECT_THAT(s.cors.allowed_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(s.log.level, "warn");
  EXPECT_EQ(s.multi_scan.policy, settings::scan_policy::block);
}

TEST_F(settings_load, LaterSourcesWin) {
  auto port = [&] { return read_sources(sources).values.server.port; };
  EXPECT_EQ(port(), 8080);
  toml("[server]\nport = 1\n");
  EXPECT_EQ(port(), 1);
  dotenv("MDAI_SERVER_PORT=2\n");
  EXPECT_EQ(port(), 2);
  environment("SERVER_PORT", "3");
  EXPECT_EQ(port(), 3);
  flag("server.port", "4");
  EXPECT_EQ(port(), 4);
  EXPECT_THAT(read_sources(sources).errors, IsEmpty());
}

TEST_F(settings_load, SaysWhereEachValueComesFrom) {
  toml("[server]\n  port = 1\n");
  dotenv("# first\nexport MDAI_SESSION_TTL=5m\n");
  environment("LOG_LEVEL", "debug");
  flag("admin.port", "9");
  auto read = read_sources(sources);
  auto shown = [&](auto name) { return relative({read.origin_of(name).shown()}).front(); };
  EXPECT_EQ(shown("server.port"), "mdai-broker.toml:2:10");
  EXPECT_EQ(shown("session.ttl"), ".env:2:25");
  EXPECT_EQ(shown("log.level"), "environment LOG_LEVEL");
  EXPECT_EQ(shown("admin.port"), "flag");
  EXPECT_EQ(shown("tls.port"), "default");
}

TEST_F(settings_load, TakesTheTomlFileThatIsNamed) {
  toml("[server]\nport = 1\n");
  environment("MDAI_CONFIG", write("other.toml", "[server]\nport = 2\n"));
  EXPECT_EQ(read_sources(sources).values.server.port, 2);
  sources.toml_file = write("third.toml", "[server]\nport = 3\n");
  EXPECT_EQ(read_sources(sources).values.server.port, 3);
  EXPECT_THAT(read_errors(), IsEmpty());
}

TEST_F(settings_load, WantsTheFilesThatAreNamed) {
  sources.toml_file = path("absent.toml");
  sources.dotenv_file = path("absent.env");
  EXPECT_THAT(read_errors(), ElementsAre("absent.toml: cannot be read: No such file or directory",
                                         "absent.env: cannot be read: No such file or directory"));
  sources.toml_file = path(".");
  sources.dotenv_file.reset();
  EXPECT_THAT(read_errors(), ElementsAre(".: cannot be read: Is a directory"));
}

TEST_F(settings_load, ReportsEveryMistakeInTomlFromTheTop) {
  toml("moed = 'production'\n"
       "[sesion]\nttl = '3m'\n"
       "[server]\nport = 70000\nhots = '127.0.0.1'\nttl = 3\nloops = [1]\nhost = 'localhost'\n"
       "trusted_proxies = ['10.0.0.0/8', '10.0.0.0/33']\n"
       "[session]\nttl = '3x'\nretention = 1979-05-27\n"
       "[auth]\ntimeout = '0s'\nrole_bound_tokens = 'maybe'\n"
       "[log]\nlevel = 'inof'\n"
       "[limits]\nmax_body_bytes = '1M'\n");
  EXPECT_THAT(
      read_errors(),
      ElementsAre("mdai-broker.toml:1:1: unknown option moed, did you mean mode?",
                  "mdai-broker.toml:2:2: unknown section [sesion], did you mean [session]?",
                  "mdai-broker.toml:5:8: server.port: '70000' is out of range (0 to 65535)",
                  "mdai-broker.toml:6:1: unknown option server.hots, did you mean server.host?",
                  "mdai-broker.toml:7:1: unknown option server.ttl, did you mean session.ttl?",
                  "mdai-broker.toml:8:9: server.loops: '[1]' is a list where one value is wanted",
                  "mdai-broker.toml:9:8: server.host: 'localhost' is no IP address",
                  "mdai-broker.toml:10:19: server.trusted_proxies: '10.0.0.0/33' is no IP address or CIDR block",
                  "mdai-broker.toml:12:7: session.ttl: '3x' is no duration (such as 180, 3m or 500ms)",
                  "mdai-broker.toml:13:13: session.retention: wanted a value (duration, 1s to 365d), not a table "
                  "or a date",
                  "mdai-broker.toml:15:11: auth.timeout: '0s' is out of range (100ms to 5m)",
                  "mdai-broker.toml:16:21: auth.role_bound_tokens: 'maybe' is neither true nor false",
                  "mdai-broker.toml:18:9: log.level: 'inof' is none of trace, debug, info, warn, error, critical, "
                  "off, did you mean info?",
                  "mdai-broker.toml:20:18: limits.max_body_bytes: '1M' is no size (such as 1048576, 64KiB or "
                  "1MiB)"));
}

TEST_F(settings_load, TellsSectionsFromOptionsInToml) {
  toml("server = 3\nmode = { a = 1 }\nJWT_SECRET = 'x'\n[session.ttl]\na = 1\n[[log]]\nlevel = 'info'\n");
  EXPECT_THAT(
      read_errors(),
      ElementsAre("mdai-broker.toml:1:1: server is a section: write [server]",
                  "mdai-broker.toml:2:8: mode: wanted a value (one of production, development), not a table or a "
                  "date",
                  "mdai-broker.toml:3:1: unknown option JWT_SECRET, did you mean auth.jwt_secret?",
                  "mdai-broker.toml:4:1: session.ttl: wanted a value (duration, 1s to 24h), not a table or a date",
                  "mdai-broker.toml:6:3: log is a section: write [log]"));
}

TEST_F(settings_load, SaysWhereTomlIsMalformedWithoutQuotingWhatMayBeASecret) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"jwt_secret = truXhunter2", "2:17: Error while parsing boolean: expected 'true'"},
      {"jwt_secret = hunter2", "2:14: Error while parsing value: could not determine value type"},
      {"jwt_secret = 99999999999999999999",
       "2:34: Error while parsing decimal integer: the value is not representable in 64 bits"},
      {"jwt_secret = 1.5e99999",
       "2:23: Error while parsing floating-point: the value could not be interpreted as a value"},
      {"jwt_secret 'x'", "2:12: Error while parsing key-value pair: expected '=', saw '''"},
      {"jwt_secret = 'x'\njwt_secret = 'y'",
       "3:14: Error while parsing key-value pair: cannot redefine existing string 'jwt_secret'"},
  };
  for (const auto& [line, expected] : cases) {
    toml("[auth]\n" + line);
    auto errors = read_errors();
    ASSERT_EQ(errors.size(), 1u) << line;
    EXPECT_THAT(errors[0], testing::StartsWith("mdai-broker.toml:" + expected));
    EXPECT_THAT(errors[0], Not(HasSubstr("hunter2")));
    EXPECT_THAT(errors[0], Not(HasSubstr("9999")));
  }
}

TEST_F(settings_load, ReportsMistakesInDotenvAndLeavesOtherProgramsVariablesAlone) {
  dotenv("POSTGRES_PASSWORD=x\nSESION_TTL=1\n"
         "MDAI_SESION_TTL=3m\nMDAI_NOTHING_LIKE_IT=1\nSERVER_PORT=http\nFOO BAR\n");
  EXPECT_THAT(read_errors(),
              ElementsAre(".env:3:1: MDAI_SESION_TTL: unknown, did you mean MDAI_SESSION_TTL?",
                          ".env:4:1: MDAI_NOTHING_LIKE_IT: unknown", ".env:5:13: SERVER_PORT: 'http' is no port",
                          ".env:6:5: expected '=' after the name"));
}

TEST_F(settings_load, ReportsMistakesInTheEnvironment) {
  environment("PATH", "/bin");
  environment("MDAI_SESION_TTL", "3m");
  environment("MDAI_SESSION_TTL", "25h");
  environment("LOG_LEVEL", "loud\n");
  EXPECT_THAT(read_errors(),
              ElementsAre("environment: MDAI_SESION_TTL: unknown, did you mean MDAI_SESSION_TTL?",
                          "environment: MDAI_SESSION_TTL: '25h' is out of range (1s to 24h)",
                          "environment: LOG_LEVEL: 'loud?' is none of trace, debug, info, warn, error, critical, off"));
}

TEST_F(settings_load, ReportsMistakesAmongFlags) {
  flag("sesion.ttl", "3m");
  flag("no.such.thing", "3m");
  flag("mode", "prod");
  sources.flags.push_back({"server.port", std::nullopt});
  EXPECT_THAT(read_errors(),
              ElementsAre("--sesion.ttl: unknown, did you mean --session.ttl?", "--no.such.thing: unknown",
                          "--server.port: a value is missing",
                          "--mode: 'prod' is none of production, development, did you mean production?"));
}

TEST_F(settings_load, RefusesTwoNamesOfOneOptionThatDiffer) {
  dotenv("SERVER_PORT=80\nMDAI_SERVER_PORT=81\n");
  environment("MDAI_STORAGE_KEY", "hunter2");
  environment("STORAGE_KEY", "hunter3");
  flag("session.ttl", "3m");
  flag("session.ttl", "4m");
  auto errors = read_errors();
  EXPECT_THAT(errors,
              ElementsAre(".env:2:18: MDAI_SERVER_PORT differs from SERVER_PORT (.env:1:13); both set server.port",
                          "environment: STORAGE_KEY differs from MDAI_STORAGE_KEY; both set storage.key",
                          "--session.ttl was set before, differently; both set session.ttl"));
}

TEST_F(settings_load, TakesTwoNamesOfOneOptionThatAgree) {
  environment("SERVER_PORT", "80");
  environment("MDAI_SERVER_PORT", "80");
  dotenv("SERVER_PORT=81\n"); // another source may differ
  EXPECT_THAT(read_errors(), IsEmpty());
  EXPECT_EQ(read_sources(sources).values.server.port, 80);
}

TEST_F(settings_load, NeverShowsASecretOrAPassword) {
  environment("QR_ENCRYPTION_KEY", "hunter2");
  environment("STORAGE_KEY", "hunter2\n");
  environment("HARDWARE_API_KEYS", "fine,hunter2\x01");
  environment("BACKEND_API_URL", "https://user:hunter2@platform.example.com/");
  toml("[auth]\njwt_secret = ['hunter2']\n");
  EXPECT_THAT(read_errors(),
              ElementsAre("mdai-broker.toml:2:14: auth.jwt_secret: the value is a list where one value is wanted",
                          "environment: QR_ENCRYPTION_KEY: the value is no key of 64 hexadecimal digits",
                          "environment: STORAGE_KEY: the value has control characters",
                          "environment: HARDWARE_API_KEYS: the value has control characters",
                          "environment: BACKEND_API_URL: the value is no absolute http:// or https:// URL"));
}

TEST_F(settings_load, ClipsLongValuesInErrors) {
  environment("LOG_LEVEL", std::string(500, 'x'));
  EXPECT_THAT(read_errors().at(0), HasSubstr("'" + std::string(80, 'x') + "...' is none of"));
}

TEST_F(settings_load, WarnsOfSecretsInFlags) {
  flag("admin.token", "hunter2");
  EXPECT_THAT(
      read_sources(sources).warnings,
      ElementsAre("--admin.token: other users of this machine can see flags; use ADMIN_TOKEN in the environment "
                  "or in .env"));
}

TEST_F(settings_load, EveryRangeHoldsItsDefault) {
  const settings defaults;
  for (const auto& o : options()) {
    settings s;
    raw_value text{o.value->items(defaults), o.value->form() == toml_form::array};
    EXPECT_FALSE(o.value->set(s, text)) << o.name;
    EXPECT_TRUE(o.value->equal(s, defaults)) << o.name;
    EXPECT_FALSE(o.doc.empty()) << o.name;
    EXPECT_TRUE(o.section().empty() || !section_doc(o.section()).empty()) << o.name;
  }
}

} // namespace
} // namespace mdai::config
