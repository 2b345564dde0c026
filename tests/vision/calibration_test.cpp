#include "vision/calibration.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vision/template_index.hpp"

namespace mdai::vision {
namespace {

/// An engine whose photographs are words: an embedding ("at" and two numbers), or what is wrong with them.
class reading_track final : public face_track {
public:
  result<face::frame_analysis> analyze(std::string_view image, want) override {
    std::istringstream in{std::string(image)};
    std::string word;
    in >> word;
    face::frame_analysis out;
    if (word == "broken")
      return errc::invalid_image;
    if (word == "crowd")
      out.status = face::frame_status::many_faces;
    if (word != "at" && word != "dim")
      return out;
    out.status = face::frame_status::one_face;
    out.quality = word == "dim" ? 0.3f : 0.9f;
    face::embedding at(2);
    in >> at[0] >> at[1];
    out.descriptor = mean_of({&at, 1});
    return out;
  }
};
class reading_engine final : public face_engine {
public:
  const face::engine_info& info() const override { return info_; }
  std::unique_ptr<face_track> open_track() override { return std::make_unique<reading_track>(); }

private:
  face::engine_info info_{.id = "reading", .version = "1", .dimension = 2, .thresholds = {}};
};

class calibration : public testing::Test {
protected:
  ~calibration() override { std::filesystem::remove_all(directory); }
  void add(const std::string& person, const std::vector<std::string>& photographs) {
    std::filesystem::create_directories(directory + "/" + person);
    for (std::size_t i = 0; i < photographs.size(); ++i)
      std::ofstream(directory + "/" + person + "/" + std::to_string(i) + ".jpg") << photographs[i];
  }
  result<calibration_report> run(const calibration_options& options = {}) {
    return calibrate(
        engine, directory, options, [&](std::size_t done, std::size_t all) { progress.emplace_back(done, all); }, why);
  }
  const std::string directory = testing::TempDir() + "calibration_test." + std::to_string(::getpid());
  reading_engine engine;
  std::string why;
  std::vector<std::pair<std::size_t, std::size_t>> progress;
};

TEST_F(calibration, ComparesEverybodysAttemptsWithEverybodysTemplates) {
  add("anna", {"at 1 0", "at 1 0", "at 1 0", "at 4 3"});
  add("ben", {"at 0 1", "at 0 1"});
  const auto report = run({.templates = 2, .frames = 1});
  ASSERT_TRUE(report) << why;
  EXPECT_EQ(report->engine.id, "reading");
  EXPECT_EQ(report->people, 2u);
  ASSERT_EQ(report->scores.genuine.size(), 3u) << "two attempts of Anna's, one of Ben's, who has one template";
  EXPECT_FLOAT_EQ(report->scores.genuine[0], 0.8f);
  ASSERT_EQ(report->scores.impostor.size(), 3u);
  EXPECT_FLOAT_EQ(report->scores.impostor[2], 0.6f);
  EXPECT_EQ(progress.size(), 6u);
  EXPECT_EQ(progress.back(), (std::pair<std::size_t, std::size_t>{6, 6}));
}

TEST_F(calibration, TakesSeveralPhotographsForOneAttempt) {
  add("anna", {"at 1 0", "at 1 0", "at 1 0", "at 1 0", "at 0 1", "at 1 1"});
  add("ben", {"at 0 1", "at 0 1", "at 0 1", "at 0 1", "at 0 1", "at 0 1"});
  const auto report = run();
  ASSERT_TRUE(report) << why;
  ASSERT_EQ(report->scores.genuine.size(), 2u);
  EXPECT_NEAR(report->scores.genuine[0], std::sqrt(0.5), 1e-5);
}

TEST_F(calibration, CountsWhatIsOfNoUseAndLeavesOutWhoHasTooFewPhotographs) {
  add("anna", {"at 1 0", "broken", "nobody", "crowd", "dim 1 0", "at 1 0", ""});
  add("ben", {"at 0 1", "at 0 1"});
  add("carl", {"at 1 1"});
  add(".hidden", {"at 1 1", "at 1 1"});
  std::ofstream(directory + "/notes.txt") << "at 1 0";
  const auto report = run();
  ASSERT_TRUE(report) << why;
  EXPECT_EQ(report->people, 2u);
  EXPECT_EQ(report->people_left_out, 1u);
  const auto& counts = report->photographs;
  EXPECT_EQ(counts.all, 10u);
  EXPECT_EQ(counts.used, 5u);
  EXPECT_EQ(counts.unreadable, 1u);
  EXPECT_EQ(counts.without_face, 2u);
  EXPECT_EQ(counts.with_several, 1u);
  EXPECT_EQ(counts.poor, 1u);
}

TEST_F(calibration, SaysWhatItIsMissing) {
  EXPECT_EQ(run().error(), errc::not_found);
  EXPECT_NE(why.find(directory), std::string::npos);
  add("anna", {"at 1 0", "at 1 0"});
  EXPECT_EQ(run().error(), errc::invalid_value);
  EXPECT_NE(why.find("2 of 2 are"), std::string::npos) << why;
}

std::vector<float> evenly(float from, float to, int count) {
  std::vector<float> out;
  for (int i = 0; i < count; ++i)
    out.push_back(from + (to - from) * (static_cast<float>(i) + 0.5f) / static_cast<float>(count));
  return out;
}

TEST(calibration_scores, GiveTheThresholdForEachShareOfImpostors) {
  const auto report = judge_scores(evenly(0.4f, 1.0f, 600), evenly(0.0f, 0.5f, 10'000));
  ASSERT_EQ(report.points.size(), 2u) << "of ten thousand, one in ten thousand is too few to know";
  EXPECT_NEAR(report.points[0].threshold, 0.495, 0.0011);
  EXPECT_LE(report.points[0].false_accepts, 0.01);
  EXPECT_NEAR(report.points[0].false_rejects, 0.158, 0.003);
  EXPECT_NEAR(report.points[1].threshold, 0.4995, 0.0011);
  EXPECT_LE(report.points[1].false_accepts, 0.001);
}

TEST(calibration_scores, GiveWhereBothErrorsAreEqual) {
  const auto report = judge_scores(evenly(0.3f, 0.8f, 1000), evenly(0.0f, 0.5f, 1000));
  EXPECT_NEAR(report.equal_error.threshold, 0.4, 0.002);
  EXPECT_NEAR(report.equal_error.false_accepts, 0.2, 0.004);
  EXPECT_NEAR(report.equal_error.false_rejects, 0.2, 0.004);
}

TEST(calibration_scores, MakeARocThatOnlyFallsAndRises) {
  const auto report = judge_scores(evenly(0.3f, 0.9f, 50), evenly(-0.1f, 0.5f, 50));
  ASSERT_EQ(report.roc.size(), 121u);
  for (std::size_t i = 1; i < report.roc.size(); ++i) {
    EXPECT_LE(report.roc[i].false_accepts, report.roc[i - 1].false_accepts);
    EXPECT_GE(report.roc[i].false_rejects, report.roc[i - 1].false_rejects);
  }
  EXPECT_EQ(report.roc.front().false_accepts, 1);
  EXPECT_EQ(report.roc.back().false_rejects, 1);
}

TEST(calibration_scores, AreDrawnWithTheirThresholds) {
  const auto svg = distribution_svg(judge_scores(evenly(0.4f, 1.0f, 600), evenly(0.0f, 0.5f, 2000)));
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("the same person (600 scores)"), std::string::npos);
  EXPECT_NE(svg.find("1% accepted 0.49"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

} // namespace
} // namespace mdai::vision
