#include "vision/detail/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace mdai::vision::detail {
namespace {

constexpr int side = 112;  ///< pixels that a face is scaled to
constexpr int window = 13; ///< of the local phases
constexpr int cells = 5;   ///< in a row and in a column
constexpr int codes = 256;
constexpr int padded = 8192; ///< the counts of all cells, up to a power of two
static_assert(cells * cells * codes <= padded);

cv::Mat crop(const cv::Mat& grey, const cv::Rect2f& face) {
  const float scale = static_cast<float>(side) / face.width;
  // Scaled down in one step a large face would alias.
  cv::Mat source = grey;
  float shrink = 1;
  cv::Point2f origin = face.tl();
  if (const cv::Rect where = cv::Rect(face) & cv::Rect(0, 0, grey.cols, grey.rows); scale < 0.5f && !where.empty()) {
    shrink = 2 * scale;
    cv::resize(grey(where), source, {}, shrink, shrink, cv::INTER_AREA);
    origin = (origin - cv::Point2f(where.tl())) * shrink;
  }
  const float rest = scale / shrink;
  // Pixels have their values in their middles.
  const cv::Matx23f place(rest, 0, (0.5f - origin.x) * rest - 0.5f, 0, rest, (0.5f - origin.y) * rest - 0.5f);
  cv::Mat out;
  cv::warpAffine(source, out, place, {side, side}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

/// Tan and Triggs: gamma, difference of Gaussians, contrast equalised in two steps, extremes bent.
cv::Mat even_light(const cv::Mat& face) {
  static const cv::Mat gamma = [] {
    cv::Mat table(1, 256, CV_32F);
    for (int i = 0; i < 256; ++i)
      table.at<float>(i) = std::pow(static_cast<float>(i) + 1, 0.2f);
    return table;
  }();
  constexpr double power = 0.1, limit = 10;
  cv::Mat bright, fine, coarse, magnitude;
  cv::LUT(face, gamma, bright);
  cv::GaussianBlur(bright, fine, {}, 1);
  cv::GaussianBlur(bright, coarse, {}, 2);
  cv::Mat out = fine - coarse;
  auto equalise = [&](const cv::Mat& values) {
    cv::pow(values, power, magnitude);
    out /= std::pow(cv::mean(magnitude)[0] + 1e-9, 1 / power);
  };
  equalise(cv::abs(out));
  equalise(cv::min(cv::abs(out), limit));
  for (auto value = out.begin<float>(); value != out.end<float>(); ++value)
    *value = static_cast<float>(limit * std::tanh(*value / limit));
  return out;
}

/// Real and imaginary parts of the local Fourier transform at four frequencies: (a,0), (0,a), (a,a), (a,-a).
std::array<cv::Mat, 8> local_phases(const cv::Mat& face) {
  cv::Mat ones(1, window, CV_32F, cv::Scalar(1)), cosine(1, window, CV_32F), sine(1, window, CV_32F);
  for (int i = 0; i < window; ++i) {
    const double angle = 2 * CV_PI * (i - window / 2) / window;
    cosine.at<float>(i) = static_cast<float>(std::cos(angle));
    sine.at<float>(i) = static_cast<float>(-std::sin(angle));
  }
  auto filter = [&](const cv::Mat& across, const cv::Mat& down) {
    cv::Mat out;
    cv::sepFilter2D(face, out, CV_32F, across, down);
    return out;
  };
  const cv::Mat cc = filter(cosine, cosine), ss = filter(sine, sine), cs = filter(cosine, sine),
                sc = filter(sine, cosine);
  return {filter(cosine, ones), filter(sine, ones), filter(ones, cosine), filter(ones, sine),
          cv::Mat(cc - ss),     cv::Mat(cs + sc),   cv::Mat(cc + ss),     cv::Mat(sc - cs)};
}

/// The code that a place has in the mirror: across, the waves run the other way, and the two diagonals change places.
constexpr std::array<std::uint8_t, codes> mirrored = [] {
  std::array<std::uint8_t, codes> out{};
  for (unsigned code = 0; code < codes; ++code) {
    auto bit = [&](unsigned k) { return code >> k & 1; };
    out[code] = static_cast<std::uint8_t>(bit(0) | (bit(1) ^ 1) << 1 | bit(2) << 2 | bit(3) << 3 | bit(6) << 4 |
                                          (bit(7) ^ 1) << 5 | bit(4) << 6 | (bit(5) ^ 1) << 7);
  }
  return out;
}();

/// How often each code occurs in each cell of the face and of its mirror image.
std::vector<float> code_counts(const std::array<cv::Mat, 8>& phases) {
  constexpr int margin = window / 2, inner = side - 2 * margin;
  std::vector<float> counts(padded);
  for (int y = 0; y < inner; ++y) {
    const float* rows[8];
    for (std::size_t k = 0; k < 8; ++k)
      rows[k] = phases[k].ptr<float>(y + margin) + margin;
    const int down = y * cells / inner;
    for (int x = 0; x < inner; ++x) {
      unsigned code = 0;
      for (unsigned k = 0; k < 8; ++k)
        code |= static_cast<unsigned>(rows[k][x] >= 0) << k;
      const int across = x * cells / inner;
      counts[static_cast<std::size_t>((down * cells + across) * codes) + code] += 1;
      counts[static_cast<std::size_t>((down * cells + cells - 1 - across) * codes) + mirrored[code]] += 1;
    }
  }
  return counts;
}

/// Square roots of the frequencies, and from each what is common to all cells taken away.
void centre(std::vector<float>& counts) {
  for (int cell = 0; cell < cells * cells; ++cell) {
    float* values = counts.data() + cell * codes;
    float sum = 0;
    for (int i = 0; i < codes; ++i)
      sum += values[i];
    float mean = 0;
    for (int i = 0; i < codes; ++i)
      mean += values[i] = std::sqrt(values[i] / (sum + 1e-9f));
    for (int i = 0; i < codes; ++i)
      values[i] -= mean / codes;
  }
}

/// Which signs and which rows: the same everywhere and for ever, or no embedding that is stored would be worth
/// anything.
struct projection {
  std::array<float, padded> signs;
  std::array<std::uint16_t, descriptor_dimension> rows;

  projection() {
    std::uint64_t state = 0x6D6461692D666163; // SplitMix64 from a fixed seed
    auto next = [&] {
      std::uint64_t z = state += 0x9E3779B97F4A7C15;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
      z = (z ^ z >> 27) * 0x94D049BB133111EB;
      return z ^ z >> 31;
    };
    for (auto& sign : signs)
      sign = next() >> 63 ? 1.0f : -1.0f;
    std::vector<std::uint16_t> all(padded);
    for (std::size_t i = 0; i < padded; ++i)
      all[i] = static_cast<std::uint16_t>(i);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::swap(all[i], all[i + next() % (padded - i)]);
      rows[i] = all[i];
    }
  }
};

/// Rows of a Hadamard matrix with random signs: as good as a matrix of random signs, a hundred times cheaper.
face::embedding project(std::vector<float>& values) {
  static const projection fixed;
  for (std::size_t i = 0; i < padded; ++i)
    values[i] *= fixed.signs[i];
  for (std::size_t half = 1; half < padded; half *= 2)
    for (std::size_t block = 0; block < padded; block += 2 * half)
      for (std::size_t i = block; i < block + half; ++i) {
        const float a = values[i], b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
  face::embedding out(descriptor_dimension);
  float length = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = values[fixed.rows[i]];
    length += out[i] * out[i];
  }
  for (auto& value : out)
    value /= std::sqrt(length) + 1e-9f;
  return out;
}

} // namespace

face::embedding describe(const cv::Mat& grey, const cv::Rect2f& face) {
  auto values = code_counts(local_phases(even_light(crop(grey, face))));
  centre(values);
  return project(values);
}

} // namespace mdai::vision::detail
