#include "vision/detail/face_finder.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "vision/detail/opencv.hpp"

namespace mdai::vision::detail {
namespace {

constexpr int searched_rows = 240;                      ///< the shorter side of what is searched
constexpr double searched_pixels = searched_rows * 640; ///< of a long picture, no more than this
constexpr double smallest_face = 0.2;                   ///< of the shorter side; what the search costs hangs on it
constexpr double tracked_width = 64;                    ///< pixels that a tracked face is scaled down to

result<void> load(cv::CascadeClassifier& into, const std::string& file, std::string& why) {
  if (!is_readable(file)) {
    why = file + ": cannot be read (Debian's package opencv-data has it)";
    return errc::not_found;
  }
  try {
    if (into.load(file))
      return {};
  } catch (const cv::Exception&) {
  }
  why = file + ": is not a cascade of OpenCV";
  return errc::invalid_value;
}

/// `grey` at most `searched_rows` high or wide, its histogram flat; `scale` says how much smaller it is.
cv::Mat searchable(const cv::Mat& grey, double wanted_scale, double& scale) {
  scale = std::min(1.0, wanted_scale);
  cv::Mat out;
  if (scale < 1)
    cv::resize(grey, out, {}, scale, scale, cv::INTER_AREA);
  cv::equalizeHist(scale < 1 ? out : grey, out);
  return out;
}

cv::Rect scaled(const cv::Rect& r, double by) {
  return {cvRound(r.x * by), cvRound(r.y * by), cvRound(r.width * by), cvRound(r.height * by)};
}

struct sighting {
  cv::Rect where;
  int neighbours = 0; ///< how many places and sizes agree with it
};

/// The largest first.
std::vector<sighting> search(cv::CascadeClassifier& model, const cv::Mat& grey, double step, int neighbours) {
  double scale = 1;
  const double rows = static_cast<double>(searched_rows) / std::min(grey.rows, grey.cols),
               pixels = std::sqrt(searched_pixels / static_cast<double>(grey.total()));
  const auto small = searchable(grey, std::min(rows, pixels), scale);
  const int least = std::max(20, static_cast<int>(std::min(small.rows, small.cols) * smallest_face));
  std::vector<cv::Rect> faces;
  std::vector<int> counts;
  model.detectMultiScale(small, faces, counts, step, neighbours, 0, {least, least});
  std::vector<sighting> out;
  for (std::size_t i = 0; i < faces.size(); ++i)
    out.push_back({scaled(faces[i], 1 / scale), counts[i]});
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.where.area() > b.where.area(); });
  return out;
}

} // namespace

result<cascades> cascades::open(const std::string& directory, std::string& why) {
  prepare_opencv();
  cascades out;
  const std::pair<cv::CascadeClassifier*, const char*> files[] = {
      {&out.face, "/haarcascades/haarcascade_frontalface_alt2.xml"},
      {&out.hidden_face, "/lbpcascades/lbpcascade_frontalface.xml"},
      {&out.eye, "/haarcascades/haarcascade_eye.xml"},
      {&out.eye_behind_glass, "/haarcascades/haarcascade_eye_tree_eyeglasses.xml"}};
  for (auto [model, name] : files)
    if (auto loaded = load(*model, directory + name, why); !loaded)
      return loaded.error();
  return out;
}

std::vector<cv::Rect> all_faces(cascades& models, const cv::Mat& grey) {
  constexpr int sure = 4; // one face may be vague; a second one must not be made of a pattern
  auto found = search(models.face, grey, 1.1, 2);
  if (found.empty()) // finer steps cost twice as much: only then
    found = search(models.face, grey, 1.05, 3);
  const bool any_sure = std::any_of(found.begin(), found.end(), [](const auto& f) { return f.neighbours >= sure; });
  std::vector<cv::Rect> out;
  for (const auto& face : found) {
    const cv::Point middle = (face.where.tl() + face.where.br()) / 2;
    const bool again = std::any_of(out.begin(), out.end(), [&](const auto& larger) { return larger.contains(middle); });
    if (!again && (face.neighbours >= sure || (!any_sure && out.empty())))
      out.push_back(face.where);
  }
  return out;
}

std::optional<cv::Rect> same_face(cascades& models, const cv::Mat& grey, const cv::Rect2f& last) {
  constexpr float around = 0.35f; // of the face, on each side
  const cv::Rect2f wide{last.x - around * last.width, last.y - around * last.height, last.width * (1 + 2 * around),
                        last.height * (1 + 2 * around)};
  const cv::Rect where = cv::Rect(wide) & cv::Rect(0, 0, grey.cols, grey.rows);
  if (where.empty())
    return std::nullopt;
  double scale = 1;
  const auto small = searchable(grey(where), tracked_width / last.width, scale);
  const int width = cvRound(last.width * scale), least = cvRound(width * 0.8), most = cvRound(width * 1.25);
  std::vector<cv::Rect> faces;
  models.face.detectMultiScale(small, faces, 1.05, 2, 0, {least, least}, {most, most});
  if (faces.empty())
    return std::nullopt;
  const auto& largest =
      *std::max_element(faces.begin(), faces.end(), [](auto& a, auto& b) { return a.area() < b.area(); });
  return scaled(largest, 1 / scale) + where.tl();
}

std::optional<cv::Rect> hidden_face(cascades& models, const cv::Mat& grey) {
  const auto found = search(models.hidden_face, grey, 1.05, 2);
  return found.empty() ? std::nullopt : std::optional(found.front().where);
}

} // namespace mdai::vision::detail
