#include "vision/detail/classical_track.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "vision/detail/descriptor.hpp"
#include "vision/detail/quality.hpp"

namespace mdai::vision::detail {
namespace {

constexpr unsigned search_every = 10; ///< frames: between them only the face that is there is followed
constexpr unsigned eyes_every = 5;
constexpr unsigned patience = 3; ///< missed frames until a face is somebody else's

cv::Mat grey_of(const picture& image) {
  if (!image.has_colours())
    return image.pixels;
  cv::Mat grey;
  cv::cvtColor(image.pixels, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

face::box as_box(const cv::Rect& r) { return {r.x, r.y, r.x + r.width, r.y + r.height}; }

face::box around(cv::Point2f eye, float distance) {
  const float half_width = 0.31f * distance, half_height = 0.21f * distance;
  return {cvRound(eye.x - half_width), cvRound(eye.y - half_height), cvRound(eye.x + half_width),
          cvRound(eye.y + half_height)};
}

} // namespace

result<face::frame_analysis> classical_track::analyze(std::string_view image, want w) {
  auto decoded = decode(image);
  if (!decoded)
    return decoded.error();
  try {
    face::frame_analysis out;
    out.width = decoded->pixels.cols;
    out.height = decoded->pixels.rows;
    const auto grey = grey_of(*decoded);
    if (auto found = locate(grey, out)) {
      follow(*found);
      describe_face(*decoded, grey, w, out);
    }
    return out;
  } catch (const std::exception&) { // OpenCV's and the allocator's
    tracking_ = false;
    return errc::invalid_image;
  }
}

std::optional<cv::Rect> classical_track::locate(const cv::Mat& grey, face::frame_analysis& out) {
  std::optional<cv::Rect> found;
  if (tracking_ && frames_missed_ == 0 && ++frames_since_search_ < search_every)
    found = same_face(*models_, grey, box_);
  if (!found) {
    const auto faces = all_faces(*models_, grey);
    frames_since_search_ = 0;
    if (faces.size() > 1) {
      out.status = face::frame_status::many_faces;
      tracking_ = false;
      return std::nullopt;
    }
    if (!faces.empty())
      found = faces.front();
  }
  frames_missed_ = found ? 0 : frames_missed_ + 1;
  if (frames_missed_ > patience)
    tracking_ = false;
  if (found) {
    out.status = face::frame_status::one_face;
    out.face = as_box(*found);
  }
  return found;
}

void classical_track::follow(const cv::Rect& found) {
  const cv::Rect2f next(found);
  if (!tracking_) {
    tracking_ = true;
    box_ = next;
    frames_since_eyes_.reset();
    eyes_ = usual_eyes({0, 0, 1, 1});
    return;
  }
  const auto middle = [](const cv::Rect2f& r) { return (r.tl() + r.br()) / 2; };
  const bool moved =
      cv::norm(middle(next) - middle(box_)) > 0.06 * next.width || std::abs(next.width / box_.width - 1) > 0.10f;
  const float weight = moved ? 1.0f : 0.5f;
  auto blend = [weight](float& value, float to) { value += weight * (to - value); };
  blend(box_.x, next.x);
  blend(box_.y, next.y);
  blend(box_.width, next.width);
  blend(box_.height, next.height);
}

eye_pair classical_track::eyes_in_box(const cv::Mat& grey, face::frame_analysis& out) {
  auto into_box = [&](cv::Point2f p) { return cv::Point2f((p.x - box_.x) / box_.width, (p.y - box_.y) / box_.height); };
  auto out_of_box = [&](cv::Point2f p) { return cv::Point2f(box_.x + p.x * box_.width, box_.y + p.y * box_.height); };
  if (frames_since_eyes_)
    ++*frames_since_eyes_;
  if (!frames_since_eyes_ || *frames_since_eyes_ >= eyes_every)
    if (auto found = find_eyes(*models_, grey, box_)) {
      const float weight = frames_since_eyes_ ? 0.35f : 1.0f;
      eyes_.left += weight * (into_box(found->left) - eyes_.left);
      eyes_.right += weight * (into_box(found->right) - eyes_.right);
      frames_since_eyes_ = 0;
    }
  const eye_pair eyes{out_of_box(eyes_.left), out_of_box(eyes_.right)};
  if (frames_since_eyes_)
    out.eyes = {around(eyes.left, eyes.distance()), around(eyes.right, eyes.distance())};
  return eyes;
}

void classical_track::describe_face(const picture&, const cv::Mat& grey, want w, face::frame_analysis& out) {
  const auto judged = judge_quality(grey, box_);
  out.quality = judged.quality;
  out.issue = judged.issue;
  const auto eyes = eyes_in_box(grey, out);
  out.eye_openness = openness(grey, eyes);
  if (w.descriptor)
    out.descriptor = describe(grey, box_);
}

} // namespace mdai::vision::detail
