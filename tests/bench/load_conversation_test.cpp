#include "bench/load/conversation.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mdai::load {
namespace {

using json = nlohmann::json;
using lines = std::vector<std::string>;

/// Writes down what a conversation understood.
struct ear final : conversation_events {
  void on_ready() override { heard.push_back("ready"); }
  void on_arrival(std::string_view payload) override { heard.push_back("arrival " + std::string{payload}); }
  void on_answer(std::string_view message) override { heard.push_back("answer " + std::string{message}); }
  void on_refused(std::string why) override { heard.push_back("refused " + why); }
  lines heard;
};

identity somebody(party who, bool paired = true) { return {who, 7, "5e55", "t0ken", "LOAD_7", paired}; }

lines heard(conversation& talk, const lines& messages) {
  ear e;
  for (const auto& message : messages)
    talk.take(message, e);
  return e.heard;
}

/// The same stream of bytes, cut in every place.
void expect_same_in_pieces(dialect kind, const std::string& stream, const lines& expected) {
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const auto talk = make_conversation(kind, somebody(party::mobile));
    EXPECT_EQ(heard(*talk, {stream.substr(0, cut), stream.substr(cut)}), expected) << "cut at " << cut;
  }
  const auto talk = make_conversation(kind, somebody(party::mobile));
  lines bytes;
  for (const char c : stream)
    bytes.emplace_back(1, c);
  EXPECT_EQ(heard(*talk, bytes), expected);
}

TEST(mdai_dialect, AuthenticatesWithTokenSessionAndDevice) {
  const auto phone = make_conversation(dialect::mdai, somebody(party::mobile));
  EXPECT_EQ(phone->target(), "/ws/mobile");
  EXPECT_EQ(json::parse(phone->greeting()),
            json::parse(R"({"type":"auth","bearer_token":"t0ken","session_id":"5e55"})"));
  const auto kiosk = make_conversation(dialect::mdai, somebody(party::device));
  EXPECT_EQ(kiosk->target(), "/ws/device");
  EXPECT_EQ(json::parse(kiosk->greeting())["device_id"], "LOAD_7");
}

TEST(mdai_dialect, IsReadyWhenTheOtherSideIsThere) {
  const auto phone = make_conversation(dialect::mdai, somebody(party::mobile));
  EXPECT_EQ(heard(*phone, {R"({"type":"auth_success"})", R"({"type":"device_connected"})", R"({"type":"to_mobile"})"}),
            (lines{"ready", R"(arrival {"type":"to_mobile"})"}));
  const auto kiosk = make_conversation(dialect::mdai, somebody(party::device));
  EXPECT_EQ(heard(*kiosk, {R"({"type":"auth_success"})"}), lines{});
  EXPECT_EQ(heard(*kiosk, {R"({"type":"mobile_connected"})"}), lines{"ready"});
}

TEST(mdai_dialect, IsReadyAtOnceWhenAlone) {
  const auto phone = make_conversation(dialect::mdai, somebody(party::mobile, false));
  EXPECT_EQ(heard(*phone, {R"({"type":"auth_success"})"}), lines{"ready"});
}

TEST(mdai_dialect, IsRefusedByAnythingElse) {
  for (const auto* message : {R"({"type":"auth_failed","error":"no"})", "nonsense", "[]", "{}", R"({"type":1})",
                              R"({"type":"device_connected"})"}) {
    const auto phone = make_conversation(dialect::mdai, somebody(party::mobile));
    const auto said = heard(*phone, {message});
    ASSERT_EQ(said.size(), 1u);
    EXPECT_TRUE(said[0].starts_with("refused ")) << message;
  }
}

TEST(raw_dialect, JoinsAPairAndTakesMessagesAsTheyAre) {
  const auto phone = make_conversation(dialect::raw, somebody(party::mobile));
  EXPECT_EQ(phone->target(), "/ws/mobile?pair=7");
  EXPECT_TRUE(phone->ready_at_once());
  EXPECT_TRUE(phone->greeting().empty());
  EXPECT_EQ(phone->wrap("hi"), "hi");
  EXPECT_EQ(heard(*phone, {"hi"}), lines{"arrival hi"});
  EXPECT_EQ(make_conversation(dialect::raw, somebody(party::device))->target(), "/ws/device?pair=7");
}

TEST(mqtt_dialect, ConnectsAndSubscribesItsOwnTopic) {
  const auto phone = make_conversation(dialect::mqtt, somebody(party::mobile));
  EXPECT_EQ(phone->subprotocol(), "mqtt");
  const std::string connect{"\x10\x16\x00\x04MQTT\x04\x02\x00\x00\x00\x0aload:p/7/m", 24};
  const std::string subscribe{"\x82\x0a\x00\x01\x00\x05p/7/m\x00", 12};
  EXPECT_EQ(phone->greeting(), connect + subscribe);
}

TEST(mqtt_dialect, PublishesToTheOtherSide) {
  const auto phone = make_conversation(dialect::mqtt, somebody(party::mobile));
  EXPECT_EQ(phone->wrap("hello"), (std::string{"\x30\x0c\x00\x05p/7/dhello", 14}));
  const auto large = phone->wrap(std::string(200, 'x'));
  EXPECT_EQ(large.substr(0, 3), "\x30\xcf\x01"); // 207 bytes: 1 * 128 + 79
  EXPECT_EQ(large.size(), 3u + 207);
}

TEST(mqtt_dialect, ReadsPacketsHoweverTheyAreCut) {
  const std::string stream = std::string{"\x20\x02\x00\x00\x90\x03\x00\x01\x00\x30\x09\x00\x05p/7/mhi", 20} +
                             std::string{"\x30\xcf\x01\x00\x05p/7/m", 10} + std::string(200, 'y');
  expect_same_in_pieces(dialect::mqtt, stream, {"ready", "arrival hi", "arrival " + std::string(200, 'y')});
}

TEST(mqtt_dialect, IsRefusedByARefusal) {
  for (const auto& packet : {std::string{"\x20\x02\x00\x05", 4}, std::string{"\x90\x03\x00\x01\x80", 5}}) {
    const auto phone = make_conversation(dialect::mqtt, somebody(party::mobile));
    const auto said = heard(*phone, {packet});
    ASSERT_EQ(said.size(), 1u);
    EXPECT_TRUE(said[0].starts_with("refused "));
  }
}

TEST(nats_dialect, SubscribesItsOwnSubjectAndAsksForAPong) {
  const auto kiosk = make_conversation(dialect::nats, somebody(party::device));
  EXPECT_TRUE(kiosk->greeting().starts_with("CONNECT {"));
  EXPECT_TRUE(kiosk->greeting().ends_with("\r\nSUB p.7.d 1\r\nPING\r\n"));
  EXPECT_EQ(kiosk->wrap("hello"), "PUB p.7.m 5\r\nhello\r\n");
}

TEST(nats_dialect, ReadsLinesAndPayloadsHoweverTheyAreCut) {
  const std::string stream =
      "INFO {\"x\":1}\r\nPONG\r\nMSG p.7.m 1 4\r\na\r\nb\r\nPING\r\nMSG p.7.m 1 reply.to 0\r\n\r\n+OK\r\n";
  expect_same_in_pieces(dialect::nats, stream, {"ready", "arrival a\r\nb", "answer PONG\r\n", "arrival "});
}

TEST(nats_dialect, IsRefusedByAnErrorOrABrokenLine) {
  for (const auto* line : {"-ERR 'Authorization Violation'\r\n", "MSG p.7.m 1 x\r\n", "HELLO\r\n"}) {
    const auto phone = make_conversation(dialect::nats, somebody(party::mobile));
    const auto said = heard(*phone, {line});
    ASSERT_EQ(said.size(), 1u);
    EXPECT_TRUE(said[0].starts_with("refused NATS says ")) << line;
  }
}

} // namespace
} // namespace mdai::load
