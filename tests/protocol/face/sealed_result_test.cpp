#include <gtest/gtest.h>

#include "protocol/face/sealed_result.hpp"
#include "tests/protocol/vectors.hpp"

namespace mdai::face {
namespace {

TEST(SealedResult, IsWhatClientsBackendsOpen) {
  for (auto name : {"face_payload_secret_key", "face_payload_api_key"}) {
    auto& v = vectors()[name];
    auto key = crypto::key_from_hex(v["key_hex"].get<std::string>());
    auto iv = crypto::decode_hex(v["iv_hex"].get<std::string>());
    ASSERT_TRUE(key && iv);
    EXPECT_EQ(crypto::hex(crypto::sha256(v["value"].get<std::string>())), v["key_hex"]);
    auto sealed = sealed_result(v["plaintext"].get<std::string>(), *key, v["key_source"].get<std::string>(), *iv);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(nlohmann::json::parse(*sealed), (nlohmann::json{{"encrypted_payload", v["encrypted_payload"]},
                                                              {"algorithm", "AES-256-CBC"},
                                                              {"encryption_method", "AES-256-CBC"},
                                                              {"key_source", v["key_source"]}}));
  }
}

TEST(SealedResult, SaysWhoWhenAndHowSure) {
  auto at = from_unix_ms(1'761'568'496'789);
  EXPECT_EQ(plain_result({"user123", at, false, "sess_x", 0.94f}),
            vectors()["face_payload_secret_key"]["plaintext"].get<std::string>());
  EXPECT_EQ(
      plain_result({"e-1", at, true, "sess_x"}),
      R"({"id":"e-1","timestamp":"2025-10-27T12:34:56.789Z","session_type":"enrollment","session_token":"sess_x"})");
}

TEST(SealedResult, OpensUnderItsKeyAndHasAnotherIvEachTime) {
  crypto::key256 key{1, 2, 3};
  outcome_statement s{"anna", from_unix_ms(0), false, "sess_x", 1.f};
  auto payload = [&] {
    return nlohmann::json::parse(*sealed_result(s, key, "api_key"))["encrypted_payload"].get<std::string>();
  };
  auto first = payload();
  EXPECT_NE(first, payload());
  EXPECT_EQ(*crypto::open_cbc(key, *crypto::decode_base64(first)), plain_result(s));
}

} // namespace
} // namespace mdai::face
