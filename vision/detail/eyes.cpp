#include "vision/detail/eyes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/imgproc.hpp>

namespace mdai::vision::detail {
namespace {

constexpr int side = 160; ///< pixels that a face is scaled to before its eyes are looked for
const cv::Point2f usual_left{0.31f, 0.385f}, usual_right{0.69f, 0.385f};

cv::Rect inside(const cv::Rect2f& r, const cv::Mat& picture) {
  return cv::Rect(r) & cv::Rect(0, 0, picture.cols, picture.rows);
}

/// The eye nearest to where it usually is.
std::optional<cv::Point2f> find_eye(cascades& models, const cv::Mat& face, const cv::Rect& where, cv::Point2f usual) {
  constexpr double farthest = 0.14 * side;
  cv::Mat region;
  cv::equalizeHist(face(where), region);
  for (auto* model : {&models.eye_behind_glass, &models.eye}) {
    std::vector<cv::Rect> found;
    model->detectMultiScale(region, found, 1.08, 2, 0, {24, 24}, {64, 64});
    std::optional<cv::Point2f> best;
    double nearest = farthest;
    for (const auto& eye : found) {
      // The eye lies a little below the middle of the box, under its brow.
      const cv::Point2f middle(static_cast<float>(where.x + eye.x) + 0.5f * static_cast<float>(eye.width),
                               static_cast<float>(where.y + eye.y) + 0.52f * static_cast<float>(eye.height));
      if (const double off = cv::norm(middle - usual); off < nearest) {
        nearest = off;
        best = middle;
      }
    }
    if (best)
      return best;
  }
  return std::nullopt;
}

bool plausible(const eye_pair& eyes) {
  constexpr double steepest = 20 * CV_PI / 180;
  const float distance = eyes.distance() / side;
  return distance > 0.28f && distance < 0.52f && std::abs(eyes.angle()) < steepest;
}

constexpr int patch_width = 48, patch_height = 32;

/// A patch of fixed size around an eye: 0.62 eye distances wide.
cv::Mat patch_around(const cv::Mat& grey, cv::Point2f eye, const eye_pair& eyes) {
  const double scale = patch_width / (0.62 * eyes.distance()), c = std::cos(eyes.angle()) * scale,
               s = std::sin(eyes.angle()) * scale;
  const cv::Matx23d turn(c, s, patch_width / 2.0 - (c * eye.x + s * eye.y), -s, c,
                         patch_height / 2.0 - (-s * eye.x + c * eye.y));
  cv::Mat out;
  cv::warpAffine(grey, out, turn, {patch_width, patch_height}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

/// The most that a square of the size of an iris is darker than both of its neighbours.
float iris_contrast(const cv::Mat& patch) {
  constexpr int iris = 7, beside = 6;
  cv::Mat soft, sums;
  cv::GaussianBlur(patch, soft, {3, 3}, 0);
  cv::integral(soft, sums, CV_32S);
  auto mean = [&](int x, int y, int width) {
    const int all =
        sums.at<int>(y + iris, x + width) - sums.at<int>(y, x + width) - sums.at<int>(y + iris, x) + sums.at<int>(y, x);
    return static_cast<float>(all) / static_cast<float>(width * iris);
  };
  float best = 0;
  for (int y = 6; y < 20; ++y)
    for (int x = 14; x < 28; ++x)
      best =
          std::max(best, std::min(mean(x - beside - 2, y, beside), mean(x + iris + 2, y, beside)) - mean(x, y, iris));
  return best / static_cast<float>(cv::mean(soft)[0] + 10);
}

} // namespace

eye_pair usual_eyes(const cv::Rect2f& face) {
  auto at = [&](cv::Point2f p) { return cv::Point2f(face.x + p.x * face.width, face.y + p.y * face.height); };
  return {at(usual_left), at(usual_right)};
}

std::optional<eye_pair> find_eyes(cascades& models, const cv::Mat& grey, const cv::Rect2f& face) {
  const cv::Rect where = inside(face, grey);
  if (where.empty())
    return std::nullopt;
  cv::Mat scaled;
  cv::resize(grey(where), scaled, {side, side}, 0, 0, cv::INTER_AREA);
  const auto left = find_eye(models, scaled, {8, 22, 76, 64}, usual_left * side);
  const auto right = left ? find_eye(models, scaled, {76, 22, 76, 64}, usual_right * side) : std::nullopt;
  if (!left || !right || !plausible({*left, *right}))
    return std::nullopt;
  auto back = [&](cv::Point2f p) {
    return cv::Point2f(static_cast<float>(where.x) + p.x * static_cast<float>(where.width) / side,
                       static_cast<float>(where.y) + p.y * static_cast<float>(where.height) / side);
  };
  return eye_pair{back(*left), back(*right)};
}

std::array<float, 2> openness(const cv::Mat& grey, const eye_pair& eyes) {
  return {iris_contrast(patch_around(grey, eyes.left, eyes)), iris_contrast(patch_around(grey, eyes.right, eyes))};
}

} // namespace mdai::vision::detail
