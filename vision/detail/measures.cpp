#include "vision/detail/measures.hpp"

#include <opencv2/imgproc.hpp>

#include "vision/detail/obstacles.hpp"
#include "vision/detail/quality.hpp"

namespace mdai::vision::detail {
namespace {

face::box around(cv::Point2f eye, float distance) {
  const float half_width = 0.31f * distance, half_height = 0.21f * distance;
  return {cvRound(eye.x - half_width), cvRound(eye.y - half_height), cvRound(eye.x + half_width),
          cvRound(eye.y + half_height)};
}

} // namespace

cv::Mat grey_of(const picture& image) {
  if (!image.has_colours())
    return image.pixels;
  cv::Mat grey;
  cv::cvtColor(image.pixels, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

void measure_face(const picture& image, const cv::Mat& grey, const cv::Rect2f& face, const eye_pair& eyes,
                  const obstacle_options& options, face::frame_analysis& out) {
  const auto judged = judge_quality(grey, face);
  out.quality = judged.quality;
  out.issue = judged.issue;
  if (options.look)
    out.obstacles = judge_obstacles(measure_cues(image, grey, eyes), image.has_colours(), judged.sharp(), options.bias);
}

void measure_eyes(const cv::Mat& grey, const eye_pair& eyes, face::frame_analysis& out) {
  out.eyes = {around(eyes.left, eyes.distance()), around(eyes.right, eyes.distance())};
  out.eye_openness = openness(grey, eyes);
}

} // namespace mdai::vision::detail
