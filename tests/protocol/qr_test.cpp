#include "protocol/qr.hpp"

#include <gtest/gtest.h>

#include "tests/protocol/vectors.hpp"

namespace mdai {
namespace {

const auto key = crypto::key_from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
const auto other_key = crypto::key_from_hex(std::string(64, '7')).value();
const auto session = object_id::parse("6922e0540000000000000001").value();

qr_content content() { return {session, "header.claims.signature", 1'732'389'414}; }

std::string sealed_text(std::string_view text) {
  return crypto::base64(crypto::seal_cbc(key, std::string(16, 'i'), text).value());
}

TEST(qr, ComesBackAsItWasSealed) {
  auto read = open_qr(key, seal_qr(key, content()).value()).value();
  EXPECT_EQ(read.session_id, session);
  EXPECT_EQ(read.token, "header.claims.signature");
  EXPECT_EQ(read.timestamp, 1'732'389'414);
}

TEST(qr, HoldsTheContractsJsonInItsOrder) {
  auto bytes = crypto::decode_base64(seal_qr(key, content()).value()).value();
  EXPECT_EQ(crypto::open_cbc(key, bytes).value(),
            R"({"session_id":"6922e0540000000000000001","token":"header.claims.signature","timestamp":1732389414})");
}

TEST(qr, IsTheSameEachTimeForOneSession) {
  EXPECT_EQ(seal_qr(key, content()).value(), seal_qr(key, content()).value());
}

TEST(qr, HasAnIvThatNeedsTheKeyAndTheSession) {
  auto iv = [](const crypto::key256& k, const qr_content& c) {
    return crypto::decode_base64(seal_qr(k, c).value()).value().substr(0, 16);
  };
  auto next = content();
  next.session_id = object_id::parse("6922e0540000000000000002").value();
  EXPECT_NE(iv(key, content()), iv(key, next));
  EXPECT_NE(iv(key, content()), iv(other_key, content()));
}

TEST(qr, IsRefusedWhenItIsNoSealedQr) {
  EXPECT_EQ(open_qr(key, "no base64!").error(), errc::malformed_base64);
  EXPECT_EQ(open_qr(key, "").error(), errc::unseal_failed);
  EXPECT_EQ(open_qr(key, crypto::base64(std::string(32, 'x')).substr(4)).error(), errc::unseal_failed);
  EXPECT_FALSE(open_qr(other_key, seal_qr(key, content()).value()));
}

TEST(qr, IsRefusedWhenItsContentIsNotTheContracts) {
  const std::pair<std::string_view, errc> cases[] = {
      {"", errc::malformed_json},
      {"{", errc::malformed_json},
      {"[]", errc::not_an_object},
      {"{}", errc::missing_field},
      {R"({"session_id":"6922e0540000000000000001","token":"t"})", errc::missing_field},
      {R"({"session_id":1,"token":"t","timestamp":1})", errc::wrong_type},
      {R"({"session_id":"6922e0540000000000000001","token":null,"timestamp":1})", errc::wrong_type},
      {R"({"session_id":"6922e0540000000000000001","token":"t","timestamp":"1"})", errc::wrong_type},
      {R"({"session_id":"6922e0540000000000000001","token":"t","timestamp":1.5})", errc::wrong_type},
      {R"({"session_id":"6922","token":"t","timestamp":1})", errc::malformed_hex},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(open_qr(key, sealed_text(text)).error(), error) << text;
}

TEST(qr_vectors, OpensTheIndependentOne) {
  const auto& v = vectors()["qr_aes256cbc"];
  auto vector_key = crypto::key_from_hex(v["key_hex"].get<std::string>()).value();
  auto plain = nlohmann::json::parse(v["plaintext"].get<std::string>());
  auto read = open_qr(vector_key, v["qr_encrypted"].get<std::string>()).value();
  EXPECT_EQ(read.session_id.hex(), plain["session_id"]);
  EXPECT_EQ(read.token, plain["token"]);
  EXPECT_EQ(read.timestamp, plain["timestamp"]);
}

TEST(qr_vectors, SealsTheSameBytesUnderTheSameIv) {
  const auto& v = vectors()["qr_aes256cbc"];
  auto vector_key = crypto::key_from_hex(v["key_hex"].get<std::string>()).value();
  auto iv = crypto::decode_hex(v["iv_hex"].get<std::string>()).value();
  auto sealed = crypto::seal_cbc(vector_key, iv, v["plaintext"].get<std::string>()).value();
  EXPECT_EQ(crypto::base64(sealed), v["qr_encrypted"]);
}

TEST(device_key_vectors, IsTheHmacOfTheHardwareId) {
  const auto& v = vectors()["device_key"];
  EXPECT_EQ(
      crypto::hex(crypto::hmac_sha256(v["master_secret"].get<std::string>(), v["hardware_id"].get<std::string>())),
      v["key_hex"]);
}

TEST(face_payload_vectors, OpensUnderTheDigestOfEitherSecret) {
  for (auto name : {"face_payload_secret_key", "face_payload_api_key"}) {
    const auto& v = vectors()[name];
    auto digest = crypto::hex(crypto::sha256(v["value"].get<std::string>()));
    EXPECT_EQ(digest, v["key_hex"]);
    auto payload = crypto::decode_base64(v["encrypted_payload"].get<std::string>()).value();
    EXPECT_EQ(crypto::open_cbc(crypto::key_from_hex(digest).value(), payload).value(), v["plaintext"]);
  }
}

} // namespace
} // namespace mdai
