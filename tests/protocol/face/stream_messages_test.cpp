#include <limits>

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"
#include "protocol/face/stream_messages.hpp"
#include "tests/support/face_world.hpp"

namespace mdai::face {
namespace {

using test::clean_frame;
using kind = messages::request::kind;

TEST(StreamMessages, EveryPublishedClientIsUnderstood) {
  struct row {
    const char* text;
    kind what;
    const char* image; ///< nullptr: none
  };
  const row rows[] = {
      {R"({"type":"frame","image":"data:image/jpeg;base64,QUJD"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":"DATA:image/png;BASE64,QUJD"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":"Q\/JD"})", kind::frame, "C\xF2\x43"},
      {R"({"image":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"process_frame","frame_data":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"process_frame","image":"QUJD","frame_number":7})", kind::frame, "ABC"},
      {R"({"frame_data":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":null,"image":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":null,"frame_data":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"process_frame","image":"","frame_data":"QUJD"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":"QU\r\nJD\n"})", kind::frame, "ABC"},
      {R"({"type":"frame","image":"data:image/png;base64, QUI"})", kind::frame, "AB"},
      {R"({"type":"frame"})", kind::frame, nullptr},
      {R"({"type":"frame","image":null})", kind::frame, nullptr},
      {R"({"type":"frame","image":12})", kind::frame, nullptr},
      {R"({"type":"frame","image":""})", kind::frame, nullptr},
      {R"({"type":"frame","image":"not base64!"})", kind::frame, nullptr},
      {R"({"type":"frame","image":"QUJDR"})", kind::frame, nullptr},
      {R"({"type":"frame","image":"data:image/jpeg,QUJD"})", kind::frame, nullptr},
      {R"({"type":"ping","timestamp":1})", kind::ping, nullptr},
      {R"({"type":"pong"})", kind::pong, nullptr},
      {R"({"type":"cancel"})", kind::cancel, nullptr},
  };
  for (auto& r : rows) {
    auto asked = messages::read(r.text, 128);
    ASSERT_TRUE(asked) << r.text;
    EXPECT_EQ(asked->what, r.what) << r.text;
    auto bytes = messages::bytes_of({payload{r.text}, asked->image, false}, 1000);
    EXPECT_EQ(bytes.has_value(), r.image != nullptr) << r.text;
    if (r.image) {
      EXPECT_EQ((bytes ? *bytes : ""), r.image) << r.text;
    }
  }
}

TEST(StreamMessages, WhatIsNoMessageHasItsError) {
  const std::pair<const char*, errc> rows[] = {{"", errc::malformed_json},
                                               {"{", errc::malformed_json},
                                               {"[]", errc::not_an_object},
                                               {R"("frame")", errc::not_an_object},
                                               {"{}", errc::missing_field},
                                               {R"({"type":7,"image":"QUJD"})", errc::wrong_type},
                                               {R"({"type":null})", errc::missing_field},
                                               {R"({"type":null,"image":null})", errc::missing_field},
                                               {R"({"type":"FRAME"})", errc::invalid_value},
                                               {R"({"type":"auth"})", errc::invalid_value},
                                               {R"({"type":"frame","x":[[[[]]]]})", errc::nesting_too_deep}};
  for (auto& [text, why] : rows) {
    auto asked = messages::read(text, 4);
    ASSERT_FALSE(asked) << text;
    EXPECT_EQ(asked.error(), why) << text;
  }
}

TEST(StreamMessages, PicturesPastTheLimitAreNotPassedOn) {
  auto text = R"({"type":"frame","image":")" + crypto::base64(std::string(101, 'x')) + "\"}";
  auto asked = messages::read(text, 128);
  ASSERT_TRUE(asked);
  payload message{text};
  auto in_message = messages::read(message.view(), 128);
  EXPECT_EQ(messages::bytes_of({message, in_message->image, false}, 100).error(), errc::image_too_large);
  EXPECT_EQ(messages::bytes_of({message, in_message->image, false}, 101)->size(), 101u);
  EXPECT_EQ(messages::bytes_of({payload{std::string(101, 'x')}, {}, true}, 100).error(), errc::image_too_large);
  EXPECT_EQ(*messages::bytes_of({payload{"\xFF\xD8"}, {}, true}, 100), "\xFF\xD8");
}

messages::seen some_seen() { return {clean_frame(), {0.31234567f, 1, 2, 0.5f, false}, true, true, 9}; }
messages::progress some_progress(bool enrolment) { return {enrolment, 2, 3, 0.65f, 0.75f, true, 1, 1}; }

TEST(StreamMessages, AFramesAnswerHasExactlyTheContractsFields) {
  EXPECT_EQ(messages::frame_processed(some_progress(true), some_seen(), "Hold still"),
            R"({"type":"frame_processed","success":true,"frames_processed":2,"target_samples":3,"quality_score":0.9,)"
            R"("quality_threshold":0.65,"liveness_score":0.75,"liveness_verified":true,"blinks_detected":1,)"
            R"("blinks_required":1,"blinks_ok":true,"motion_score":0.5,"motion_events":2,"motion_required":1,)"
            R"("motion_ok":true,"no_obstacles":true,"obstacles":[],"message":"Hold still","visual_data":)"
            R"({"face_bbox":[200,100,400,340],"landmarks":[[250.0,180.0],[350.25,181.0]],)"
            R"("eye_regions":[[230,165,270,195],[330,165,370,195]],"liveness_indicators":{"ear":0.3123,"blinks":1,)"
            R"("blink_verified":true,"motion_score":0.5,"motion_events":2,"motion_verified":true,)"
            R"("frame_counter":9}}})");
  auto authentication = nlohmann::json::parse(messages::frame_processed(some_progress(false), some_seen(), "x"));
  EXPECT_EQ(authentication["min_frames_required"], 3);
  EXPECT_FALSE(authentication.contains("target_samples"));
}

TEST(StreamMessages, NumbersAreNeverNullWhateverAnEngineSays) {
  auto s = some_seen();
  s.frame.quality = std::numeric_limits<float>::quiet_NaN();
  s.liveness.ear = std::numeric_limits<float>::infinity();
  s.frame.landmarks[0].x = -std::numeric_limits<float>::infinity();
  s.frame.obstacles[0] = std::numeric_limits<float>::quiet_NaN();
  auto p = some_progress(true);
  p.liveness_score = std::numeric_limits<float>::quiet_NaN();
  for (auto& text : {messages::frame_processed(p, s, "x"), messages::frame_failed("x", 0, s, "x"),
                     messages::frame_rejected({obstacle::glasses}, s, "x")})
    EXPECT_EQ(text.find("null"), text.npos) << text;
}

TEST(StreamMessages, WithoutAFaceTheRegionsAreEmpty) {
  messages::seen s;
  auto said = nlohmann::json::parse(messages::frame_failed(messages::no_face, 0, s, "Look at the camera"));
  EXPECT_EQ(said["success"], false);
  EXPECT_EQ(said["visual_data"]["face_bbox"], nlohmann::json::array());
  EXPECT_EQ(said["visual_data"]["landmarks"], nlohmann::json::array());
  EXPECT_EQ(said["visual_data"]["eye_regions"], nlohmann::json::array());
}

TEST(StreamMessages, ARejectionNamesWhatCoversTheFace) {
  auto s = some_seen();
  s.frame.obstacles = {0.9f, 0.1f, 0.4f, 0};
  auto said = nlohmann::json::parse(
      messages::frame_rejected({obstacle::glasses, obstacle::hat}, s, "Remove your glasses and your hat"));
  EXPECT_EQ(said["type"], "frame_rejected");
  EXPECT_EQ(said["success"], false);
  EXPECT_EQ(said["obstacles"], (nlohmann::json{"glasses", "hat"}));
  EXPECT_EQ(said["obstacle_confidence"], (nlohmann::json{{"glasses", 0.9}, {"hat", 0.4}}));
  EXPECT_EQ(said["error"], "Obstacle detected: glasses, hat");
  EXPECT_TRUE(said.contains("reason") && said.contains("message") && said.contains("visual_data"));
}

TEST(StreamMessages, EndsHaveTheContractsFields) {
  auto names = [](const std::string& text) {
    std::vector<std::string> out;
    auto parsed = nlohmann::ordered_json::parse(text);
    for (auto& [name, value] : parsed.items())
      out.push_back(name);
    return out;
  };
  using list = std::vector<std::string>;
  auto p = some_progress(true);
  auto s = some_seen();
  EXPECT_EQ(names(messages::enrollment_complete("e", p, s, 0.9f, "{}")),
            (list{"type", "success", "enrollment_id", "frames_processed", "liveness_verified", "blinks_detected",
                  "motion_verified", "quality_score", "encrypted_data", "message", "visual_data"}));
  EXPECT_EQ(names(messages::enrollment_failed("a", "B", "c", "d", p, s)),
            (list{"type", "success", "error", "error_code", "reason", "message", "frames_processed", "blinks_detected",
                  "motion_verified", "details"}));
  EXPECT_EQ(names(messages::authentication_complete("u", 0.9f, p, s, "{}")),
            (list{"type", "success", "authenticated", "user_id", "confidence", "frames_processed", "blinks_detected",
                  "motion_verified", "encrypted_data", "message"}));
  EXPECT_EQ(names(messages::authentication_failed(3, "x")),
            (list{"type", "success", "authenticated", "frames_processed", "message"}));
  EXPECT_EQ(messages::error("Frame rate too high", 429, "Slower", R"({"max_fps":10})"),
            R"({"type":"error","error":"Frame rate too high","code":429,"message":"Slower","details":{"max_fps":10}})");
}

} // namespace
} // namespace mdai::face
