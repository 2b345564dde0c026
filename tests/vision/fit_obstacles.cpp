#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "tests/support/face_renderer.hpp"
#include "vision/detail/obstacles.hpp"

/// Fits the obstacle model to drawn people whom no test draws, and prints the table of
/// vision/detail/obstacle_model.cpp:
///   build/release/tests/vision/fit_obstacles
/// Plain logistic regression on a few cues each, held back strongly, because drawn covers are easier than real ones.
namespace {

using namespace mdai;
using namespace mdai::vision::detail;
using test::cover;

struct example {
  test::cover worn;
  obstacle_cues seen;
};

constexpr unsigned first_identity = 500'000, people = 120;

std::vector<example> draw_examples(cascades& models) {
  std::vector<example> out;
  for (auto worn : {cover::none, cover::glasses, cover::sunglasses, cover::mask, cover::hat, cover::hand})
    for (unsigned i = 0; i < people * (worn == cover::none ? 3 : 1); ++i) {
      auto scene = test::ordinary_scene(first_identity + i, i + 1000 * static_cast<unsigned>(worn));
      scene.cover = worn;
      scene.style = i;
      const auto image = decode(test::jpeg_of(scene)).value();
      cv::Mat grey;
      cv::cvtColor(image.pixels, grey, cv::COLOR_BGR2GRAY);
      const auto faces = all_faces(models, grey);
      const auto face = faces.empty() ? hidden_face(models, grey) : faces.front();
      if (face)
        out.push_back({worn, measure_cues(image, grey, find_eyes(models, grey, *face).value_or(usual_eyes(*face)))});
    }
  return out;
}

struct task {
  const char* name;
  std::vector<cover> positive, left_out; ///< left out: what may be called either
  std::vector<cue> cues;
};

void fit(const task& t, const std::vector<example>& examples) {
  std::vector<const example*> used;
  auto is_in = [](const std::vector<cover>& some, cover one) {
    return std::find(some.begin(), some.end(), one) != some.end();
  };
  for (const auto& one : examples)
    if (!is_in(t.left_out, one.worn))
      used.push_back(&one);
  const auto n = static_cast<double>(used.size());
  const auto positives = static_cast<double>(
      std::count_if(used.begin(), used.end(), [&](auto* one) { return is_in(t.positive, one->worn); }));
  std::vector<double> mean, scale, weight(t.cues.size());
  for (auto c : t.cues) {
    double sum = 0, squares = 0;
    for (const auto* one : used)
      sum += one->seen[static_cast<std::size_t>(c)] / n;
    for (const auto* one : used)
      squares += std::pow(one->seen[static_cast<std::size_t>(c)] - sum, 2) / n;
    mean.push_back(sum);
    scale.push_back(std::sqrt(squares));
  }
  auto standard = [&](const example& one, std::size_t k) {
    return std::clamp((one.seen[static_cast<std::size_t>(t.cues[k])] - mean[k]) / scale[k], -3.0, 3.0);
  };
  double bias = 0;
  constexpr double held_back = 0.004, step = 0.5;
  for (int round = 0; round < 4000; ++round) {
    std::vector<double> slope(weight.size());
    double bias_slope = 0;
    for (const auto* one : used) {
      // Those with the cover count as much as those without: a cover that is missed costs more than a second try.
      const bool positive = is_in(t.positive, one->worn);
      const double share = 0.5 / (positive ? positives : n - positives);
      double sum = bias;
      for (std::size_t k = 0; k < weight.size(); ++k)
        sum += weight[k] * standard(*one, k);
      const double error = share * (1 / (1 + std::exp(-sum)) - positive);
      bias_slope += error;
      for (std::size_t k = 0; k < weight.size(); ++k)
        slope[k] += error * standard(*one, k);
    }
    bias -= step * bias_slope;
    for (std::size_t k = 0; k < weight.size(); ++k)
      weight[k] -= step * (slope[k] + held_back * weight[k]);
  }
  std::printf("%s: bias %.3f\n", t.name, bias);
  for (std::size_t k = 0; k < weight.size(); ++k)
    std::printf("  cue %d: mean %.3ff, scale %.3ff, weight %.3ff\n", static_cast<int>(t.cues[k]), mean[k], scale[k],
                weight[k]);
}

} // namespace

int main() {
  std::string why;
  auto models = cascades::open("/usr/share/opencv4", why);
  if (!models) {
    std::cerr << why << '\n';
    return 1;
  }
  const auto examples = draw_examples(*models);
  fit({"glasses", {cover::glasses, cover::sunglasses}, {}, {cue::bridge_edge, cue::rim_edge}}, examples);
  fit({"mask",
       {cover::mask},
       {cover::hand},
       {cue::rim_edge, cue::lower_colour, cue::lower_light, cue::mouth_edge, cue::nostril_edge, cue::lower_detail}},
      examples);
  fit({"hat", {cover::hat}, {}, {cue::forehead_colour, cue::forehead_light}}, examples);
  fit({"hand",
       {cover::hand},
       {cover::mask, cover::sunglasses},
       {cue::mouth_edge, cue::nostril_edge, cue::lower_detail, cue::asymmetry, cue::eye_asymmetry, cue::upright_edge}},
      examples);
}
