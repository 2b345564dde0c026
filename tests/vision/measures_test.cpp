#include "vision/detail/measures.hpp"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/support/face_renderer.hpp"
#include "vision/classical_engine.hpp"
#include "vision/detail/descriptor.hpp"
#include "vision/detail/quality.hpp"
#include "vision/template_index.hpp"

namespace mdai::vision::detail {
namespace {

using face::quality_issue;
using test::scene;

face::frame_analysis first_look(const std::string& image) {
  static const auto engine = [] {
    std::string why;
    return std::move(open_classical({}, why).value());
  }();
  return engine->open_track()->analyze(image, {}).value();
}

struct quality_case {
  const char* name;
  scene picture;
  quality_issue expected; ///< `none`: good enough
};

class quality : public testing::TestWithParam<quality_case> {};

TEST_P(quality, IsJudgedByItsWorst) {
  for (unsigned identity : {3u, 8u, 20u}) {
    auto picture = GetParam().picture;
    picture.identity = identity;
    const auto seen = first_look(test::jpeg_of(picture));
    ASSERT_EQ(seen.status, face::frame_status::one_face);
    if (GetParam().expected == quality_issue::none) {
      EXPECT_GE(seen.quality, 0.75f);
      continue;
    }
    EXPECT_LT(seen.quality, 0.65f);
    EXPECT_EQ(seen.issue, GetParam().expected);
  }
}

INSTANTIATE_TEST_SUITE_P(of_a_face, quality,
                         testing::Values(quality_case{"good", {}, quality_issue::none},
                                         quality_case{"dark", {.light = 0.28f}, quality_issue::too_dark},
                                         quality_case{"bright", {.light = 3}, quality_issue::too_bright},
                                         quality_case{"blurred", {.blur = 5}, quality_issue::blurred},
                                         quality_case{"far", {.size = 0.22f}, quality_issue::too_far},
                                         quality_case{"close", {.y = 0.5f, .size = 0.85f}, quality_issue::too_close},
                                         quality_case{"aside", {.x = 0.17f}, quality_issue::off_centre}),
                         [](const auto& one) { return one.param.name; });

TEST(quality_of_a_face, IsLowWithoutContrast) {
  cv::Mat flat(480, 640, CV_8U, cv::Scalar(120)), noise(480, 640, CV_8U);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 12);
  const auto judged = judge_quality(flat + noise, {220, 140, 200, 200});
  EXPECT_LT(judged.quality, 0.65f);
}

cv::Mat grey_person(unsigned identity, unsigned seed) {
  const auto picture = test::render(test::ordinary_scene(identity, seed));
  cv::Mat colours(picture.height, picture.width, CV_8UC3), grey;
  std::copy(picture.bgr.begin(), picture.bgr.end(), colours.data);
  cv::cvtColor(colours, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

TEST(descriptor, IsTheSameForTheMirrorImage) {
  const auto grey = grey_person(4, 1);
  cv::Mat mirrored;
  cv::flip(grey, mirrored, 1);
  const cv::Rect2f box(224, 96, 192, 192), mirrored_box(224, 96, 192, 192);
  EXPECT_GT(similarity(describe(grey, box), describe(mirrored, mirrored_box)), 0.98f);
}

TEST(descriptor, HardlyChangesWithTheLight) {
  const auto grey = grey_person(4, 1);
  const cv::Mat darker = grey * 0.6;
  const cv::Rect2f box(224, 96, 192, 192);
  EXPECT_GT(similarity(describe(grey, box), describe(darker, box)), 0.9f);
}

TEST(descriptor, HasLengthOneWhereverTheBoxLies) {
  const auto grey = grey_person(4, 1);
  for (const auto& box : {cv::Rect2f(-50, -50, 200, 200), cv::Rect2f(500, 350, 300, 300), cv::Rect2f(0, 0, 640, 640),
                          cv::Rect2f(100, 100, 64, 64)}) {
    const auto one = describe(grey, box);
    EXPECT_NEAR(similarity(one, one), 1, 1e-3);
  }
}

TEST(descriptor, StaysWhatItIsUntilItsVersionChanges) {
  // Waves that any build of OpenCV draws alike. New numbers here mean a new version in classical_engine.cpp.
  cv::Mat waves(200, 200, CV_8U);
  for (int y = 0; y < waves.rows; ++y)
    for (int x = 0; x < waves.cols; ++x)
      waves.at<uchar>(y, x) = static_cast<uchar>((x * x / 37 + y * 5 + x * y / 91) % 200);
  const auto one = describe(waves, {20, 20, 150, 150});
  const float expected[] = {-0.0402f, 0.0091f, 0.0481f, -0.0413f, -0.0372f,
                            -0.0269f, 0.0133f, 0.0869f, 0.0519f,  0.0031f};
  for (std::size_t i = 0; i < std::size(expected); ++i)
    EXPECT_NEAR(one[i * 100], expected[i], 0.004) << i;
}

TEST(obstacles, AreJudgedWithoutColoursToo) {
  auto worn = [](unsigned i, test::cover cover) {
    auto s = test::ordinary_scene(1200 + i, i);
    s.cover = cover;
    s.style = 1; // a black mask
    return first_look(test::to_grey_jpeg(test::render(s)));
  };
  int clean = 0, masked = 0;
  for (unsigned i = 0; i < 10; ++i) {
    const auto seen = worn(i, test::cover::none), hidden = worn(i, test::cover::mask);
    clean += seen.status == face::frame_status::one_face &&
             *std::max_element(seen.obstacles.begin(), seen.obstacles.end()) < 0.3f;
    masked += *std::max_element(hidden.obstacles.begin(), hidden.obstacles.end()) > 0.3f;
  }
  EXPECT_GE(clean, 9);
  EXPECT_GE(masked, 9);
}

TEST(obstacles, ObeyTheirBias) {
  std::string why;
  const auto suspicious = std::move(open_classical({.obstacles = {.bias = {50, 0, 0, 0}}}, why).value());
  const auto blind = std::move(open_classical({.obstacles = {.look = false}}, why).value());
  const auto masked = test::jpeg_of({.cover = test::cover::mask, .style = 1}), clean = test::jpeg_of({});
  EXPECT_GT(suspicious->open_track()->analyze(clean, {})->obstacles[0], 0.99f);
  EXPECT_EQ(blind->open_track()->analyze(masked, {})->obstacles, face::obstacle_scores{});
}

} // namespace
} // namespace mdai::vision::detail
