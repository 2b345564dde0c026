#include "vision/detail/onnx_track.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "vision/detail/opencv.hpp"
#include "vision/template_index.hpp"

namespace mdai::vision::detail {
namespace {

constexpr int longer_side = 320, shorter_side = 256; ///< what the detector looks at; multiples of its widest stride
constexpr int confidence_at = 14;                    ///< in a row of the detector's, after box and points

/// How large the detector's picture is for one of this shape.
cv::Size input_size(const cv::Mat& picture) {
  return picture.cols >= picture.rows ? cv::Size(longer_side, shorter_side) : cv::Size(shorter_side, longer_side);
}

result<void> fail(std::string& why, const std::string& file, const char* what, errc code) {
  why = file + what;
  return code;
}

/// Runs `load`, which answers false for a network of another kind.
template <class Load>
result<void> try_network(const std::string& file, const char* kind, std::string& why, Load load) {
  if (!is_readable(file))
    return fail(why, file, ": cannot be read, or is empty", errc::not_found);
  try {
    if (load())
      return {};
  } catch (const std::exception&) { // OpenCV's: it cannot be read, or not be run
  }
  return fail(why, file, kind, errc::invalid_value);
}

} // namespace

result<std::shared_ptr<networks>> networks::open(const std::string& detector, const std::string& recognizer,
                                                 float least_confidence, std::string& why) {
  prepare_opencv();
  auto out = std::make_shared<networks>();
  const cv::Mat blank(shorter_side, longer_side, CV_8UC3, cv::Scalar(127, 127, 127));
  auto loaded = try_network(detector, ": is no ONNX network that detects faces (YuNet)", why, [&] {
    out->detector_ = cv::FaceDetectorYN::create(detector, "", blank.size(), least_confidence);
    out->faces(blank);
    return true;
  });
  if (!loaded)
    return loaded.error();
  loaded = try_network(recognizer, ": is no ONNX network that describes faces (SFace)", why, [&] {
    constexpr int side = 112;
    constexpr std::size_t fewest = 32, most = 4096; ///< numbers of an embedding
    out->recognizer_ = cv::FaceRecognizerSF::create(recognizer, "");
    cv::Mat values;
    out->recognizer_->feature(cv::Mat(side, side, CV_8UC3, cv::Scalar(127, 127, 127)), values);
    out->dimension_ = static_cast<std::uint32_t>(values.total());
    return values.type() == CV_32F && values.rows == 1 && values.total() >= fewest && values.total() <= most;
  });
  if (!loaded)
    return loaded.error();
  return out;
}

cv::Mat networks::faces(const cv::Mat& colours) {
  const auto size = input_size(colours);
  const double scale =
      std::min(static_cast<double>(size.width) / colours.cols, static_cast<double>(size.height) / colours.rows);
  cv::Mat input(size, CV_8UC3, cv::Scalar(0, 0, 0)), small, found;
  cv::resize(colours, small, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  const cv::Rect part(0, 0, std::min(small.cols, size.width), std::min(small.rows, size.height));
  small(part).copyTo(input(part));
  if (detector_->getInputSize() != size)
    detector_->setInputSize(size);
  detector_->detect(input, found);
  for (int i = 0; i < found.rows; ++i)
    found.row(i).colRange(0, confidence_at) /= scale;
  return found;
}

face::embedding networks::describe(const cv::Mat& colours, const cv::Mat& face) {
  cv::Mat aligned, values;
  recognizer_->alignCrop(colours, face, aligned);
  recognizer_->feature(aligned, values);
  const face::embedding one(values.begin<float>(), values.end<float>());
  return mean_of({&one, 1});
}

result<face::frame_analysis> onnx_track::analyze(std::string_view image, want w) {
  const auto decoded = decode(image);
  if (!decoded)
    return decoded.error();
  try {
    face::frame_analysis out;
    out.width = decoded->pixels.cols;
    out.height = decoded->pixels.rows;
    cv::Mat colours = decoded->pixels;
    if (!decoded->has_colours())
      cv::cvtColor(decoded->pixels, colours, cv::COLOR_GRAY2BGR);
    const auto faces = models_->faces(colours);
    if (faces.rows > 1)
      out.status = face::frame_status::many_faces;
    else if (faces.rows == 1)
      describe_face(*decoded, colours, faces.row(0), w, out);
    return out;
  } catch (const std::exception&) { // OpenCV's and the allocator's
    return errc::invalid_image;
  }
}

void onnx_track::describe_face(const picture& image, const cv::Mat& colours, const cv::Mat& face, want w,
                               face::frame_analysis& out) {
  constexpr int points = 5, points_at = 4;
  auto value = [&](int i) { return face.at<float>(i); };
  const cv::Rect2f box(value(0), value(1), value(2), value(3));
  out.status = face::frame_status::one_face;
  out.face = face::box{cvRound(box.x), cvRound(box.y), cvRound(box.x + box.width), cvRound(box.y + box.height)};
  for (int i = 0; i < points; ++i)
    out.landmarks.push_back({value(points_at + 2 * i), value(points_at + 2 * i + 1)});
  const eye_pair eyes{{out.landmarks[0].x, out.landmarks[0].y}, {out.landmarks[1].x, out.landmarks[1].y}};
  const auto grey = grey_of(image);
  measure_face(image, grey, box, eyes, obstacles_, out);
  measure_eyes(grey, eyes, out);
  if (w.descriptor)
    out.descriptor = models_->describe(colours, face);
}

} // namespace mdai::vision::detail
