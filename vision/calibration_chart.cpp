#include <algorithm>
#include <array>

#include "vision/calibration.hpp"

namespace mdai::vision {
namespace {

constexpr int width = 720, height = 360, left = 40, bottom = 40, bins = 120;
constexpr float lowest = -0.2f, highest = 1;
constexpr int chart_width = width - 2 * left, chart_height = height - 2 * bottom;

int x_of(float score) {
  return left + static_cast<int>((std::clamp(score, lowest, highest) - lowest) / (highest - lowest) * chart_width);
}

/// The share of scores in each bin.
std::array<double, bins> histogram(const std::vector<float>& scores) {
  std::array<double, bins> out{};
  for (float score : scores) {
    const auto bin = static_cast<int>((std::clamp(score, lowest, highest) - lowest) / (highest - lowest) * bins);
    out[static_cast<std::size_t>(std::min(bin, bins - 1))] += 1.0 / static_cast<double>(scores.size());
  }
  return out;
}

std::string text(int x, int y, const std::string& words, const char* more = "") {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" " + more + ">" + words + "</text>";
}

std::string steps(const std::array<double, bins>& shares, double tallest, const char* colour) {
  std::string path = "M" + std::to_string(left) + " " + std::to_string(height - bottom);
  for (std::size_t i = 0; i < bins; ++i) {
    const int y = height - bottom - static_cast<int>(shares[i] / tallest * chart_height);
    path += "V" + std::to_string(y) + "H" + std::to_string(left + static_cast<int>(i + 1) * chart_width / bins);
  }
  return "<path d=\"" + path + "V" + std::to_string(height - bottom) + "z\" fill=\"" + colour +
         "\" fill-opacity=\".5\"/>";
}

std::string shown(float threshold) {
  const auto thousandths =
      std::to_string(1000 + static_cast<int>(std::max(0.0f, threshold) * 1000 + 0.5f) % 1000).substr(1);
  return (threshold >= 1 ? "1." : "0.") + thousandths;
}

std::string mark(const operating_point& point, const std::string& name, int row) {
  const auto x = std::to_string(x_of(point.threshold));
  return "<path d=\"M" + x + " " + std::to_string(bottom) + "V" + std::to_string(height - bottom) +
         "\" stroke=\"#555\" stroke-dasharray=\"3 3\"/>" +
         text(x_of(point.threshold) + 3, bottom + 12 * row, name + " " + shown(point.threshold));
}

} // namespace

std::string distribution_svg(const score_report& scores) {
  const auto genuine = histogram(scores.genuine), impostor = histogram(scores.impostor);
  const double tallest =
      std::max(*std::max_element(genuine.begin(), genuine.end()), *std::max_element(impostor.begin(), impostor.end()));
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(width) + " " +
                    std::to_string(height) +
                    "\" font-family=\"sans-serif\" font-size=\"11\"><path fill=\"#fff\" d=\"M0 0h" +
                    std::to_string(width) + "v" + std::to_string(height) + "H0z\"/>";
  svg += steps(impostor, tallest, "#c0392b") + steps(genuine, tallest, "#2471a3");
  svg += "<path d=\"M" + std::to_string(left) + " " + std::to_string(height - bottom) + "h" +
         std::to_string(chart_width) + "\" stroke=\"#000\"/>";
  for (int tenth = -2; tenth <= 10; tenth += 2) {
    const float score = static_cast<float>(tenth) / 10;
    svg += text(x_of(score), height - bottom + 16,
                (tenth < 0     ? "-0." + std::to_string(-tenth)
                 : tenth == 10 ? "1"
                               : "0." + std::to_string(tenth)),
                "text-anchor=\"middle\"");
  }
  svg += text(width / 2, height - 8, "cosine of an attempt and a person's templates", "text-anchor=\"middle\"");
  svg += text(left, 16, "the same person (" + std::to_string(scores.genuine.size()) + " scores)", "fill=\"#2471a3\"");
  svg += text(left + 220, 16, "another person (" + std::to_string(scores.impostor.size()) + " scores)",
              "fill=\"#c0392b\"");
  svg += mark(scores.equal_error, "equal error", 0);
  constexpr const char* names[] = {"1% accepted", "0.1% accepted", "0.01% accepted"};
  for (std::size_t i = 0; i < scores.points.size(); ++i)
    svg += mark(scores.points[i], names[i], static_cast<int>(i) + 1);
  return svg + "</svg>\n";
}

} // namespace mdai::vision
