#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "vision/detail/obstacles.hpp"

namespace mdai::vision::detail {
namespace {

constexpr int width = 128, height = 160;
constexpr double unit = 48; ///< pixels of an eye distance
constexpr double middle_x = 64, middle_y = 64;

/// The face turned and scaled so that the eyes lie level, `unit` apart.
cv::Mat level(const cv::Mat& picture, const eye_pair& eyes) {
  constexpr double needs_blur = 0.5, needs_shrinking = 0.125;
  double scale = unit / std::max(8.0f, eyes.distance());
  const double c = std::cos(eyes.angle()), s = std::sin(eyes.angle());
  const cv::Point2d at = eyes.middle();
  // Nothing but the face is touched, and where that is huge, nothing of it more often than once.
  const double blur = scale < needs_blur ? 0.5 / scale - 0.3 : 0;
  const double reach = std::hypot(width, height) / scale + 3 * blur + 2;
  const cv::Rect everything(0, 0, picture.cols, picture.rows);
  cv::Rect around =
      cv::Rect(cvFloor(at.x - reach), cvFloor(at.y - reach), cvCeil(2 * reach), cvCeil(2 * reach)) & everything;
  if (around.empty()) // eyes that somebody else's network sees beside the picture
    around = everything;
  cv::Mat source = picture(around), soft, out;
  cv::Point2d middle = at - cv::Point2d(around.tl());
  if (scale < needs_shrinking) {
    const double by = scale / (needs_blur / 2);
    cv::resize(source, source, {}, by, by, cv::INTER_AREA);
    middle *= by;
    scale /= by;
  }
  if (scale < needs_blur) // scaled down in one step it would alias
    cv::GaussianBlur(source, soft, {}, 0.5 / scale - 0.3);
  const cv::Matx23d place(c * scale, s * scale, middle_x - scale * (c * middle.x + s * middle.y), //
                          -s * scale, c * scale, middle_y - scale * (c * middle.y - s * middle.x));
  cv::warpAffine(scale < needs_blur ? soft : source, out, place, {width, height}, cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  return out;
}

/// A part of the levelled face, given by its middle and size in eye distances.
cv::Rect part(double x, double y, double w, double h) {
  return cv::Rect(cvRound(middle_x + (x - w / 2) * unit), cvRound(middle_y + (y - h / 2) * unit), cvRound(w * unit),
                  cvRound(h * unit)) &
         cv::Rect(0, 0, width, height);
}

class levelled_face {
public:
  levelled_face(const picture& image, const cv::Mat& grey, const eye_pair& eyes) {
    cv::Mat soft;
    cv::GaussianBlur(level(grey, eyes), soft, {3, 3}, 0);
    soft.convertTo(light_, CV_32F);
    cv::Sobel(light_, across_, CV_32F, 1, 0, 3, 1 / 8.0);
    cv::Sobel(light_, down_, CV_32F, 0, 1, 3, 1 / 8.0);
    if (image.has_colours()) {
      cv::Mat colours;
      cv::cvtColor(level(image.pixels, eyes), colours, cv::COLOR_BGR2YCrCb);
      cv::split(colours, planes_);
    }
  }

  float brightness(std::initializer_list<cv::Rect> parts) const { return median(light_, parts); }
  /// How far the colour of `parts` is from that of `others`, apart from brightness.
  float colour_distance(std::initializer_list<cv::Rect> parts, std::initializer_list<cv::Rect> others) const {
    if (planes_.empty())
      return 0;
    return std::hypot(plane_median(1, parts) - plane_median(1, others),
                      plane_median(2, parts) - plane_median(2, others));
  }
  /// The strongest line through the whole width of a part.
  float level_line(const cv::Rect& r) const {
    cv::Mat rows;
    cv::reduce(down_(r), rows, 1, cv::REDUCE_AVG);
    return strongest(rows);
  }
  /// The mean strength of upright lines that go through the whole height of a part.
  float upright_lines(const cv::Rect& r) const {
    cv::Mat columns;
    cv::reduce(across_(r), columns, 0, cv::REDUCE_AVG);
    return static_cast<float>(cv::norm(columns, cv::NORM_L1) / columns.cols);
  }
  float level_edges(const cv::Rect& r) const { return static_cast<float>(cv::norm(down_(r), cv::NORM_L1) / r.area()); }
  float contrast(const cv::Rect& r) const {
    cv::Scalar mean, deviation;
    cv::meanStdDev(light_(r), mean, deviation);
    return static_cast<float>(deviation[0]);
  }
  /// 0 for a part that is its own mirror image's, up to 2.
  float asymmetry(const cv::Rect& left) const {
    const cv::Rect right(width - left.x - left.width, left.y, left.width, left.height);
    cv::Mat mirrored, alike;
    cv::flip(light_(right), mirrored, 1);
    cv::matchTemplate(light_(left), mirrored, alike, cv::TM_CCOEFF_NORMED);
    return 1 - alike.at<float>(0);
  }

private:
  static float strongest(const cv::Mat& values) {
    double low = 0, high = 0;
    cv::minMaxLoc(values, &low, &high);
    return static_cast<float>(std::max(-low, high));
  }
  template <class Plane>
  static float median_of(const Plane& plane, std::initializer_list<cv::Rect> parts) {
    std::vector<float> values;
    for (const auto& r : parts)
      for (int y = r.y; y < r.y + r.height; ++y)
        for (int x = r.x; x < r.x + r.width; ++x)
          values.push_back(static_cast<float>(plane(y, x)));
    if (values.empty())
      return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }
  static float median(const cv::Mat& plane, std::initializer_list<cv::Rect> parts) {
    return median_of([&](int y, int x) { return plane.at<float>(y, x); }, parts);
  }
  float plane_median(std::size_t which, std::initializer_list<cv::Rect> parts) const {
    return median_of([&](int y, int x) { return planes_[which].at<uchar>(y, x); }, parts);
  }

  cv::Mat light_, across_, down_;
  std::vector<cv::Mat> planes_; ///< brightness, red and blue differences; none without colours
};

} // namespace

obstacle_cues measure_cues(const picture& image, const cv::Mat& grey, const eye_pair& eyes) {
  const levelled_face face(image, grey, eyes);
  const std::initializer_list<cv::Rect> skin{part(0, 0.22, 0.22, 0.30), part(-0.5, 0.38, 0.30, 0.12),
                                             part(0.5, 0.38, 0.30, 0.12), part(0, -0.05, 0.20, 0.14)};
  const auto lower = part(0, 1.02, 0.8, 0.5), forehead = part(0, -0.70, 0.9, 0.24);
  const float bright = face.brightness(skin) + 8;
  // The scale of all edges: what eyes and brows show of them.
  const float edges = std::max(
      {face.level_edges(part(-0.5, -0.1, 0.6, 0.5)), face.level_edges(part(0.5, -0.1, 0.6, 0.5)), 0.01f * bright});
  auto light = [&](std::initializer_list<cv::Rect> where) { return std::log((face.brightness(where) + 8) / bright); };
  auto colour = [&](std::initializer_list<cv::Rect> where) { return 100 * face.colour_distance(where, skin) / bright; };
  auto relative = [&](float strength) { return std::log(strength / edges + 0.05f); };

  obstacle_cues out{};
  auto set = [&](cue which, float value) { out[static_cast<std::size_t>(which)] = value; };
  set(cue::bridge_edge, relative(face.level_line(part(0, -0.02, 0.22, 0.40))));
  set(cue::rim_edge,
      relative((face.level_line(part(-0.5, 0.36, 0.36, 0.30)) + face.level_line(part(0.5, 0.36, 0.36, 0.30))) / 2));
  set(cue::lower_colour, colour({lower}));
  set(cue::lower_light, std::abs(light({lower})));
  set(cue::mouth_edge, relative(face.level_edges(part(0, 1.02, 0.6, 0.5))));
  set(cue::nostril_edge, relative(face.level_edges(part(0, 0.66, 0.4, 0.3))));
  set(cue::lower_detail,
      std::log((face.contrast(part(0, 1.0, 0.8, 0.6)) + 0.5f) / (face.contrast(part(0, 0, 1.5, 0.4)) + 0.5f)));
  set(cue::forehead_colour, colour({forehead}));
  set(cue::forehead_light, std::abs(light({forehead})));
  set(cue::asymmetry, face.asymmetry(part(-0.45, 0.6, 0.8, 1.3)));
  set(cue::upright_edge, relative(face.upright_lines(part(0, 0.85, 1.2, 0.5))));
  const auto open = openness(grey, eyes);
  set(cue::eye_asymmetry, std::abs(open[0] - open[1]) / (open[0] + open[1] + 0.05f));
  return out;
}

} // namespace mdai::vision::detail
