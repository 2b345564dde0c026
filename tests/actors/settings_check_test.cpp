#include "actors/settings_check.hpp"

#include <algorithm>
#include <cctype>

#include "tests/actors/config_fixture.hpp"

namespace mdai::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class settings_check : public config_test {
protected:
  std::vector<std::string> errors() const { return relative(load(sources).errors); }
  std::vector<std::string> warnings() const { return relative(load(sources).warnings); }
};

TEST_F(settings_check, LetsAGoodProductionStart) {
  good_production();
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(settings_check, ProductionSaysWhatIsMissingAndHowToMakeIt) {
  EXPECT_THAT(
      errors(),
      ElementsAre("JWT_SECRET (auth.jwt_secret) is missing; make one with: openssl rand -hex 32",
                  "QR_ENCRYPTION_KEY (qr.encryption_key) is missing; make one with: openssl rand -hex 32",
                  "ADMIN_TOKEN (admin.token) is missing; make one with: openssl rand -hex 32",
                  "STORAGE_KEY (storage.key) is missing; make one with: openssl rand -hex 32",
                  "DEVICE_MASTER_SECRET (devices.master_secret) is missing; make one with: openssl rand -hex 32",
                  "BACKEND_VALIDATE_URL (backend.validate_url) is missing; the platform hands it out",
                  "BACKEND_API_URL (backend.api_url) is missing; the platform hands it out",
                  "BACKEND_API_KEY (backend.api_key) is missing; the platform hands it out"));
}

TEST_F(settings_check, ProductionRefusesEachWeakSecret) {
  const std::string short_one = "hunter2", known = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  for (auto* name : {"JWT_SECRET", "ADMIN_TOKEN", "STORAGE_KEY", "DEVICE_MASTER_SECRET"}) {
    sources.environment.clear();
    good_production();
    change(name, short_one);
    EXPECT_THAT(errors(),
                ElementsAre("environment: " + std::string{name} +
                            " is too short (7 bytes, at least 32 wanted); make one with: openssl rand -hex 32"));
  }
  for (auto* name : {"JWT_SECRET", "QR_ENCRYPTION_KEY", "ADMIN_TOKEN", "STORAGE_KEY", "DEVICE_MASTER_SECRET"}) {
    sources.environment.clear();
    good_production();
    change(name, known);
    EXPECT_THAT(errors(), ElementsAre("environment: " + std::string{name} +
                                      " is well-known or easily guessed; make one with: openssl rand -hex 32"));
  }
}

TEST_F(settings_check, AnEmptySecretIsMissingWhereItWasEmptied) {
  good_production();
  change("JWT_SECRET", "");
  EXPECT_THAT(errors(), ElementsAre("environment: JWT_SECRET is missing; make one with: openssl rand -hex 32"));
}

TEST_F(settings_check, ProductionRefusesOneSecretForTwoPurposes) {
  good_production();
  auto secret = value_of("JWT_SECRET");
  std::transform(secret.begin(), secret.end(), secret.begin(), [](unsigned char c) { return std::toupper(c); });
  change("DEVICE_MASTER_SECRET", secret);
  EXPECT_THAT(errors(),
              ElementsAre("environment: DEVICE_MASTER_SECRET is the same secret as JWT_SECRET; make one of its "
                          "own with: openssl rand -hex 32"));
}

TEST_F(settings_check, ProductionRefusesWeakSecretsThatStillCount) {
  good_production();
  environment("MDAI_AUTH_JWT_SECRETS_PREVIOUS", make_secret() + ",changeme");
  environment("MDAI_STORAGE_KEYS_PREVIOUS", "hunter2");
  EXPECT_THAT(errors(),
              ElementsAre("environment: MDAI_AUTH_JWT_SECRETS_PREVIOUS has one that is too short (8 bytes, at "
                          "least 32 wanted), and its tokens would be accepted",
                          "environment: MDAI_STORAGE_KEYS_PREVIOUS has one that is too short (7 bytes, at least "
                          "32 wanted)"));
}

TEST_F(settings_check, TheQrKeyIsAKeyInEveryMode) {
  development();
  environment("QR_ENCRYPTION_KEY", std::string(63, 'a'));
  EXPECT_THAT(errors(), ElementsAre("environment: QR_ENCRYPTION_KEY: the value is no key of 64 hexadecimal digits"));
}

TEST_F(settings_check, WantsSomethingToListenOn) {
  good_production();
  environment("SERVER_PORT", "0");
  EXPECT_THAT(errors(), ElementsAre("environment: SERVER_PORT is 0 and so is tls.port: there is nothing to listen on"));
}

TEST_F(settings_check, WantsTheCertificateAndItsKey) {
  good_production();
  environment("MDAI_TLS_PORT", "8443");
  EXPECT_THAT(errors(), ElementsAre("MDAI_TLS_CERT (tls.cert) is missing, and tls.port is set",
                                    "MDAI_TLS_KEY (tls.key) is missing, and tls.port is set"));
  environment("MDAI_TLS_CERT", write("cert.pem", "x"));
  environment("MDAI_TLS_KEY", path("absent.pem"));
  EXPECT_THAT(errors(),
              ElementsAre("environment: MDAI_TLS_KEY names 'absent.pem', which cannot be read: No such file or "
                          "directory"));
}

TEST_F(settings_check, WantsTheFileOfTheBackendsAuthorities) {
  good_production();
  environment("MDAI_BACKEND_CA_FILE", path(""));
  EXPECT_THAT(errors().at(0), HasSubstr("MDAI_BACKEND_CA_FILE names '"));
  EXPECT_THAT(errors().at(0), HasSubstr("cannot be read: Is a directory"));
}

TEST_F(settings_check, RefusesTwoListenersOnOnePort) {
  good_production();
  environment("MDAI_ADMIN_PORT", "8080");
  EXPECT_THAT(errors(), ElementsAre("environment: MDAI_ADMIN_PORT is the same port as server.port: 8080"));
  environment("MDAI_ADMIN_HOST", "127.0.0.2");
  EXPECT_THAT(errors(), IsEmpty());
  environment("SERVER_HOST", "0.0.0.0"); // every address, that one too
  EXPECT_THAT(errors(), ElementsAre("environment: MDAI_ADMIN_PORT is the same port as server.port: 8080"));
}

TEST_F(settings_check, RefusesAFileWhereTheJournalShouldBe) {
  good_production();
  change("DB_PATH", write("sessions.db", "x"));
  EXPECT_THAT(errors(),
              ElementsAre("environment: DB_PATH names 'sessions.db', which is a file: a directory is wanted"));
}

TEST_F(settings_check, WarnsOfLimitsThatContradictEachOther) {
  good_production();
  environment("MDAI_LIMITS_SILENCE_LIMIT", "30s");
  environment("MDAI_LIMITS_MAX_MESSAGE_BYTES", "8KiB");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(warnings(), testing::IsSupersetOf<std::string>(
                              {"environment: MDAI_LIMITS_SILENCE_LIMIT is not longer than "
                               "limits.ping_interval: peers are pinged twice within it instead",
                               "MDAI_LIMITS_UNAUTHENTICATED_BYTES (limits.unauthenticated_bytes) is more than "
                               "limits.max_message_bytes, which counts"}));
}

TEST_F(settings_check, WarnsOfPlainHttpToAnotherMachine) {
  good_production();
  change("BACKEND_API_URL", "http://platform.example.com/verify");
  change("BACKEND_VALIDATE_URL", "http://localhost:9100/validate");
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(warnings(),
              ElementsAre("environment: BACKEND_API_URL is plain http to another machine: tokens and images "
                          "cross the network unencrypted"));
}

TEST_F(settings_check, WarnsOfRegistrationThatIsOpenOrTheOperatorsAlone) {
  good_production();
  environment("MDAI_DEVICES_REGISTRATION", "open");
  EXPECT_THAT(warnings(), ElementsAre("environment: MDAI_DEVICES_REGISTRATION is open: anybody can register a device"));
  change("MDAI_DEVICES_REGISTRATION", "token");
  change("REGISTRATION_TOKEN", "");
  EXPECT_THAT(warnings(),
              ElementsAre("environment: REGISTRATION_TOKEN is missing, and devices.registration is token: only "
                          "ADMIN_TOKEN registers devices"));
}

TEST_F(settings_check, WarnsOfKeysOfHardwareThatCanBeGuessed) {
  good_production();
  environment("HARDWARE_API_KEYS", make_secret() + ",short," + std::string(32, 'a'));
  EXPECT_THAT(errors(), IsEmpty()) << "hardware that is built has the keys that it has";
  EXPECT_THAT(warnings(),
              ElementsAre(HasSubstr("HARDWARE_API_KEYS has one that is too short (5 bytes"),
                          HasSubstr("HARDWARE_API_KEYS has one that is well-known or easily guessed; better ones")));
  change("HARDWARE_API_KEYS", make_secret() + ",," + make_secret());
  EXPECT_THAT(warnings(), IsEmpty());
  change("REGISTRATION_TOKEN", "letmein");
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("REGISTRATION_TOKEN is too short")));
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("letmein"))));
}

TEST_F(settings_check, WarnsOfPhonesThatAreBelieved) {
  good_production();
  environment("MDAI_AUTH_MOBILE_TRUST_BODY", "true");
  EXPECT_THAT(warnings(), ElementsAre("environment: MDAI_AUTH_MOBILE_TRUST_BODY is on: whoever reaches "
                                      "/api/auth/mobile can be anybody"));
}

TEST_F(settings_check, SaysNothingMoreAboutWhatWasAlreadyRefused) {
  environment("MDAI_MODE", "dev");
  EXPECT_THAT(errors(), ElementsAre("environment: MDAI_MODE: 'dev' is none of production, development, did you mean "
                                    "development?"));
  sources.environment.clear();
  good_production();
  change("QR_ENCRYPTION_KEY", "x");
  EXPECT_THAT(errors(), ElementsAre("environment: QR_ENCRYPTION_KEY: the value is no key of 64 hexadecimal digits"));
}

TEST_F(settings_check, NoErrorShowsASecret) {
  environment("MDAI_AUTH_JWT_SECRETS_PREVIOUS", "hunter2");
  for (auto* name : {"JWT_SECRET", "ADMIN_TOKEN", "STORAGE_KEY", "DEVICE_MASTER_SECRET", "QR_ENCRYPTION_KEY"})
    environment(name, "hunter2");
  EXPECT_THAT(errors(), Not(Contains(HasSubstr("hunter2"))));
}

TEST_F(settings_check, TenantsInTheSettingsAreForDevelopment) {
  good_production();
  environment("MDAI_FACE_CLIENTS", "acme:frapi_acme:very-secret");
  EXPECT_THAT(errors(), ElementsAre("environment: MDAI_FACE_CLIENTS is for development; make tenants with: mdai-broker "
                                    "client create"));
  environment("MDAI_MODE", "development");
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(settings_check, ATenantHasThreePartsAndItsSecretIsNotShown) {
  development();
  for (auto* text : {"acme", "acme:key", ":key:very-secret", "acme::very-secret", "acme:key:"}) {
    sources.environment.erase(sources.environment.begin() + 2, sources.environment.end());
    environment("MDAI_FACE_CLIENTS", text);
    auto found = errors();
    ASSERT_EQ(found.size(), 1u) << text;
    EXPECT_THAT(found[0], HasSubstr("is no client_id:api_key:api_secret"));
    EXPECT_THAT(found[0], Not(HasSubstr("very-secret")));
  }
}

TEST_F(settings_check, AnEngineNeedsItsModelsOrItsAddressWhenTheFaceProductIsOn) {
  development();
  environment("MDAI_FACE_ENGINE", "onnx");
  EXPECT_THAT(errors(), IsEmpty());
  environment("MDAI_FACE_ENABLED", "true");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("face.onnx_detector"), HasSubstr("face.onnx_recognizer")));
  environment("MDAI_FACE_ONNX_DETECTOR", path("none.onnx"));
  environment("MDAI_FACE_ONNX_RECOGNIZER", write("model.onnx", "x"));
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("cannot be read")));
  change("MDAI_FACE_ENGINE", "remote");
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("face.remote_url")));
}

} // namespace
} // namespace mdai::config
