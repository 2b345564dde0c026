#include "vision/remote_engine.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "tests/support/face_renderer.hpp"

namespace mdai::vision {
namespace {

const std::string who_it_is =
    R"({"id":"arc","version":"3","dimension":2,"thresholds":{"verify":0.4,"identify":0.5,"identify_margin":0.05,"duplicate":0.6}})";
const std::string one_face =
    R"({"engine":{"id":"arc","version":"3"},"width":640,"height":480,"faces":1,"face":[100,50.4,300,250],"quality":0.8,)"
    R"("issue":"too_dark","landmarks":[[1,2],[3,4]],"eyes":[[1,2,3,4],[5,6,7,8]],"eye_openness":[0.3,0.2],)"
    R"("obstacles":{"mask":0.9},"descriptor":[3,4]})";

/// A remote engine that answers what it was told to, in turn, and keeps what it was asked.
struct far_end {
  std::deque<result<remote_response>> answers;
  std::vector<std::string> asked;
  remote_exchange exchange() {
    return [this](const remote_request& r) -> result<remote_response> {
      asked.push_back(std::string{r.method} + ' ' + std::string{r.target} + ' ' + std::string{r.content_type} + ' ' +
                      std::to_string(r.body.size()));
      auto next = answers.front();
      answers.pop_front();
      return next;
    };
  }
};

class remote_engine : public testing::Test {
protected:
  std::unique_ptr<face_engine> open() {
    far.answers.push_front(remote_response{200, who_it_is});
    auto engine = open_remote({.gate = gate}, far.exchange(), why);
    EXPECT_TRUE(engine) << why;
    return std::move(*engine);
  }
  /// What becomes of one frame when the far end answers this.
  result<face::frame_analysis> after(result<remote_response> answer) {
    auto engine = open();
    far.answers.push_back(std::move(answer));
    return engine->open_track()->analyze(image, {});
  }
  far_end far;
  std::shared_ptr<remote_gate> gate = std::make_shared<remote_gate>(3);
  std::string why;
  const std::string image = test::jpeg_of({});
};

TEST_F(remote_engine, SaysWhatTheFarEndIs) {
  const auto engine = open();
  EXPECT_EQ(engine->info().id, "remote:arc");
  EXPECT_EQ(engine->info().version, "3");
  EXPECT_EQ(engine->info().dimension, 2u);
  EXPECT_FLOAT_EQ(engine->info().thresholds.identify_margin, 0.05f);
}

TEST_F(remote_engine, SendsTheFrameAsItIsAndReadsWhatIsSaidAboutIt) {
  const auto seen = after(remote_response{200, one_face});
  ASSERT_TRUE(seen) << seen.error().message();
  EXPECT_EQ(far.asked.back(), "POST /v1/analyze?descriptor=true image/jpeg " + std::to_string(image.size()));
  EXPECT_EQ(seen->status, face::frame_status::one_face);
  EXPECT_EQ(seen->face, (face::box{100, 50, 300, 250}));
  EXPECT_EQ(seen->issue, face::quality_issue::too_dark);
  EXPECT_EQ(seen->landmarks.size(), 2u);
  EXPECT_EQ(seen->eyes[1], (face::box{5, 6, 7, 8}));
  EXPECT_FLOAT_EQ((*seen->eye_openness)[1], 0.2f);
  EXPECT_FLOAT_EQ(seen->obstacles[1], 0.9f);
  ASSERT_TRUE(seen->descriptor);
  EXPECT_FLOAT_EQ((*seen->descriptor)[0], 0.6f) << "of length 1";
}

TEST_F(remote_engine, TellsNoFaceFromSeveral) {
  const std::string frame = R"({"engine":{"id":"arc","version":"3"},"width":640,"height":480,"faces":)";
  EXPECT_EQ(after(remote_response{200, frame + "0}"})->status, face::frame_status::no_face);
  EXPECT_EQ(after(remote_response{200, frame + "2}"})->status, face::frame_status::many_faces);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

TEST_F(remote_engine, TellsWhatWentWrong) {
  struct row {
    const char* what;
    result<remote_response> answer;
    errc expected;
  };
  for (const auto& r : std::initializer_list<row>{
           {"too late", errc::timed_out, errc::timed_out},
           {"nobody there", errc::connect_failed, errc::connect_failed},
           {"hung up", errc::connection_lost, errc::connect_failed},
           {"busy", remote_response{429, ""}, errc::overloaded},
           {"down", remote_response{503, "<html>"}, errc::overloaded},
           {"broken", remote_response{500, ""}, errc::malformed_response},
           {"elsewhere", remote_response{404, "{}"}, errc::malformed_response},
           {"a bad picture", remote_response{400, R"({"error":"invalid_image"})"}, errc::invalid_image},
           {"a large picture", remote_response{413, R"({"error":"image_too_large"})"}, errc::image_too_large},
           {"a small picture", remote_response{422, R"({"error":"image_too_small"})"}, errc::image_too_small},
           {"no JSON", remote_response{200, "hello"}, errc::malformed_response},
           {"no object", remote_response{200, "[]"}, errc::malformed_response},
           {"another version", remote_response{200, replaced(one_face, R"("version":"3")", R"("version":"4")")},
            errc::malformed_response},
           {"another engine", remote_response{200, replaced(one_face, "arc", "bow")}, errc::malformed_response},
           {"another dimension",
            remote_response{200, replaced(one_face, "\"descriptor\":[3,4]", "\"descriptor\":[3,4,5]")},
            errc::malformed_response},
           {"no number", remote_response{200, replaced(one_face, "\"descriptor\":[3,4]", "\"descriptor\":[3,\"x\"]")},
            errc::malformed_response},
           {"infinite", remote_response{200, replaced(one_face, "\"descriptor\":[3,4]", "\"descriptor\":[3,1e99]")},
            errc::malformed_response},
           {"nothing but zeros",
            remote_response{200, replaced(one_face, "\"descriptor\":[3,4]", "\"descriptor\":[0,0]")},
            errc::malformed_response},
           {"quality beyond 1", remote_response{200, replaced(one_face, "0.8", "1.8")}, errc::malformed_response},
           {"an unknown issue", remote_response{200, replaced(one_face, "too_dark", "ugly")}, errc::malformed_response},
           {"half a box", remote_response{200, replaced(one_face, ",300,250]", "]")}, errc::malformed_response},
           {"no quality", remote_response{200, replaced(one_face, "\"quality\"", "\"beauty\"")},
            errc::malformed_response}}) {
    const auto seen = after(r.answer);
    ASSERT_FALSE(seen) << r.what;
    EXPECT_EQ(seen.error(), r.expected) << r.what;
    gate = std::make_shared<remote_gate>(3);
  }
}

TEST_F(remote_engine, SendsNothingThatIsNoPicture) {
  const auto engine = open();
  EXPECT_EQ(engine->open_track()->analyze("GIF89a", {}).error(), errc::invalid_image);
  EXPECT_EQ(engine->open_track()->analyze(test::jpeg_of({.width = 60, .height = 60}), {}).error(),
            errc::image_too_small);
  EXPECT_EQ(far.asked.size(), 1u) << "the question who it is";
}

TEST_F(remote_engine, IsTriedByOneWorkerAtATimeAfterFailuresInARow) {
  const auto engine = open();
  const auto track = engine->open_track();
  for (int i = 0; i < 3; ++i) {
    far.answers.push_back(errc::timed_out);
    EXPECT_EQ(track->analyze(image, {}).error(), errc::timed_out);
  }
  ASSERT_TRUE(gate->enter()) << "another worker, whose trial takes its time";
  EXPECT_EQ(track->analyze(image, {}).error(), errc::overloaded) << "at once";
  gate->leave(true);
  far.answers.push_back(remote_response{200, one_face});
  EXPECT_TRUE(track->analyze(image, {}));
}

TEST_F(remote_engine, OpensOnlyWhenTheFarEndSaysWhatItIs) {
  for (const auto& [answer, expected] : std::initializer_list<std::pair<result<remote_response>, errc>>{
           {errc::connect_failed, errc::connect_failed},
           {errc::timed_out, errc::timed_out},
           {remote_response{503, ""}, errc::overloaded},
           {remote_response{200, "{}"}, errc::malformed_response},
           {remote_response{200, replaced(who_it_is, "2", "0")}, errc::malformed_response},
           {remote_response{200, replaced(who_it_is, "2", "100000")}, errc::malformed_response},
           {remote_response{200, replaced(who_it_is, "arc", "")}, errc::malformed_response}}) {
    far.answers.push_back(answer);
    const auto engine = open_remote({}, far.exchange(), why);
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error(), expected);
    EXPECT_NE(why.find("remote face engine"), std::string::npos);
  }
}

} // namespace
} // namespace mdai::vision
