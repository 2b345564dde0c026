#include "actors/settings_development.hpp"

#include <sys/stat.h>

#include "tests/actors/config_fixture.hpp"

namespace mdai::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class settings_development : public config_test {
protected:
  settings_development() { development(); }
  std::string key_file() const { return path("journal.storage-key"); }
};

TEST_F(settings_development, StartsWithoutAnySetting) {
  auto l = load(sources);
  EXPECT_THAT(l.errors, IsEmpty());
  EXPECT_EQ(l.values.auth.jwt_secret.size(), 64u);
  EXPECT_EQ(l.values.qr.encryption_key.size(), 64u);
  EXPECT_EQ(l.values.backend.validate_url, development_validate_url);
  EXPECT_EQ(l.values.backend.api_url, development_api_url);
  EXPECT_THAT(l.values.cors.allowed_origins, ElementsAre("*"));
  EXPECT_EQ(l.values.devices.registration, settings::registration_policy::open);
}

TEST_F(settings_development, MakesUpSecretsForThisProcessAndSaysSo) {
  auto first = load(sources), second = load(sources);
  EXPECT_NE(first.values.auth.jwt_secret, second.values.auth.jwt_secret);
  EXPECT_EQ(first.origin_of("admin.token").shown(), "made up for this process");
  EXPECT_THAT(first.warnings,
              ElementsAre("JWT_SECRET (auth.jwt_secret) is missing: made up for this process",
                          "QR_ENCRYPTION_KEY (qr.encryption_key) is missing: made up for this process",
                          "ADMIN_TOKEN (admin.token) is missing: made up for this process",
                          "DEVICE_MASTER_SECRET (devices.master_secret) is missing: made up for this process"));
}

TEST_F(settings_development, KeepsWhatIsSet) {
  environment("JWT_SECRET", "short will do");
  environment("BACKEND_API_URL", "http://127.0.0.1:1/x");
  environment("MDAI_CORS_ALLOWED_ORIGINS", "");
  environment("MDAI_DEVICES_REGISTRATION", "closed");
  auto l = load(sources);
  EXPECT_THAT(l.errors, IsEmpty());
  EXPECT_EQ(l.values.auth.jwt_secret, "short will do");
  EXPECT_EQ(l.values.backend.api_url, "http://127.0.0.1:1/x");
  EXPECT_THAT(l.values.cors.allowed_origins, IsEmpty());
  EXPECT_EQ(l.values.devices.registration, settings::registration_policy::closed);
}

TEST_F(settings_development, StartsFromAnUnfilledEnvExample) {
  dotenv("JWT_SECRET=\nQR_ENCRYPTION_KEY=\nBACKEND_API_URL=\n");
  auto l = load(sources);
  EXPECT_THAT(l.errors, IsEmpty());
  EXPECT_EQ(l.values.auth.jwt_secret.size(), 64u);
  EXPECT_EQ(l.values.backend.api_url, development_api_url);
}

TEST_F(settings_development, KeepsTheStorageKeyForTheNextStart) {
  change("DB_PATH", path("deep/below/journal/"));
  auto first = load(sources);
  EXPECT_THAT(first.errors, IsEmpty());
  EXPECT_EQ(first.values.storage.key.size(), 64u);
  EXPECT_EQ(load(sources).values.storage.key, first.values.storage.key);
  auto file = path("deep/below/journal.storage-key");
  EXPECT_EQ(first.origin_of("storage.key").shown(), file);
  struct stat info {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(settings_development, LeavesNoDraftOfTheStorageKeyBehind) {
  load(sources);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{path("")})
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, ElementsAre("journal.storage-key"));
}

TEST_F(settings_development, TouchesNothingWhenAskedNotTo) {
  sources.touch_nothing = true;
  auto l = load(sources);
  EXPECT_THAT(l.errors, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(key_file()));
  EXPECT_EQ(l.origin_of("storage.key").shown(), "made at the first start in " + key_file());
}

TEST_F(settings_development, MakesNoStorageKeyWhenTheSettingsAreWrong) {
  environment("LOG_LEVEL", "loud");
  EXPECT_FALSE(load(sources).ok());
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_F(settings_development, RefusesAStorageKeyFileThatHoldsNone) {
  for (const std::string text : {"", "short\n", "a\x01 key with control characters, long enough\n"}) {
    write("journal.storage-key", text);
    EXPECT_THAT(relative(load(sources).errors),
                ElementsAre("journal.storage-key: holds no key of at least 32 bytes; restore it, or remove it together "
                            "with the journal"));
    EXPECT_EQ(read(key_file()), text);
  }
}

TEST_F(settings_development, WarnsWhenOtherMachinesCanReachIt) {
  environment("SERVER_HOST", "0.0.0.0");
  EXPECT_THAT(
      load(sources).warnings,
      testing::Contains("environment: SERVER_HOST lets other machines in, and development mode trusts everybody"));
}

} // namespace
} // namespace mdai::config
