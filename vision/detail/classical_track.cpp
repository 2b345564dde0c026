#include "vision/detail/classical_track.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "vision/detail/descriptor.hpp"
#include "vision/detail/measures.hpp"

namespace mdai::vision::detail {
namespace {

constexpr unsigned search_every = 5; ///< frames: between them only the face that is there is followed
constexpr unsigned eyes_every = 5;
constexpr unsigned eyes_trusted = 15;  ///< frames since they were seen
constexpr unsigned patience = 3;       ///< missed frames until a face is somebody else's
constexpr unsigned thorough_every = 3; ///< missed frames: looking for covered faces costs as much as two others
constexpr float covered = 0.5f;        ///< how sure it must be that a face is there only because it is covered

face::box as_box(const cv::Rect& r) { return {r.x, r.y, r.x + r.width, r.y + r.height}; }

} // namespace

result<face::frame_analysis> classical_track::analyze(std::string_view image, want w) {
  const auto hash = std::hash<std::string_view>{}(image);
  if (last_ && hash == last_hash_ && (last_want_.descriptor || !w.descriptor))
    return *last_;
  auto seen = look_at(image, w);
  last_hash_ = hash;
  last_want_ = w;
  last_ = seen ? std::optional(*seen) : std::nullopt;
  return seen;
}

result<face::frame_analysis> classical_track::look_at(std::string_view image, want w) {
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
    } else if (out.status == face::frame_status::no_face && frames_missed_ % thorough_every == 1) {
      look_for_hidden_face(*decoded, grey, out);
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

eye_pair classical_track::eyes_in_box(const cv::Mat& grey) {
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
  return {out_of_box(eyes_.left), out_of_box(eyes_.right)};
}

void classical_track::look_for_hidden_face(const picture& image, const cv::Mat& grey, face::frame_analysis& out) {
  const auto where = options_.obstacles.look ? hidden_face(*models_, grey) : std::nullopt;
  if (!where)
    return;
  auto seen = out;
  measure_face(image, grey, *where, find_eyes(*models_, grey, *where).value_or(usual_eyes(*where)), options_.obstacles,
               seen);
  if (*std::max_element(seen.obstacles.begin(), seen.obstacles.end()) < covered)
    return;
  seen.status = face::frame_status::one_face;
  seen.face = as_box(*where);
  out = std::move(seen);
}

void classical_track::describe_face(const picture& image, const cv::Mat& grey, want w, face::frame_analysis& out) {
  const auto eyes = eyes_in_box(grey);
  measure_face(image, grey, box_, eyes, options_.obstacles, out);
  if (frames_since_eyes_)
    measure_eyes(grey, eyes, out);
  // A box without eyes in it may hold anything.
  if (w.descriptor && frames_since_eyes_ && *frames_since_eyes_ <= eyes_trusted)
    out.descriptor = describe(grey, box_);
}

} // namespace mdai::vision::detail
