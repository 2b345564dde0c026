#pragma once
#include <memory>
#include <string>

#include <opencv2/objdetect.hpp>

#include "vision/detail/measures.hpp"
#include "vision/face_engine.hpp"

namespace mdai::vision::detail {

/// The two networks of one engine. Their functions throw what OpenCV throws.
class networks {
public:
  /// Runs each of them once. Errors as `open_onnx`.
  static result<std::shared_ptr<networks>> open(const std::string& detector, const std::string& recognizer,
                                                float least_confidence, std::string& why);

  /// One row for each face: box (left, top, width, height), five points, confidence; in pixels of the picture.
  cv::Mat faces(const cv::Mat& colours);
  /// Of the face in that row.
  face::embedding describe(const cv::Mat& colours, const cv::Mat& face);
  std::uint32_t dimension() const { return dimension_; }

private:
  cv::Ptr<cv::FaceDetectorYN> detector_;
  cv::Ptr<cv::FaceRecognizerSF> recognizer_;
  std::uint32_t dimension_ = 0;
};

/// One person's frames before the networks. They look at every frame anew.
class onnx_track final : public face_track {
public:
  onnx_track(std::shared_ptr<networks> models, const obstacle_options& obstacles)
      : models_(std::move(models))
      , obstacles_(obstacles) {}
  result<face::frame_analysis> analyze(std::string_view image, want w) override;

private:
  void describe_face(const picture& image, const cv::Mat& colours, const cv::Mat& face, want w,
                     face::frame_analysis& out);

  std::shared_ptr<networks> models_;
  obstacle_options obstacles_;
};

} // namespace mdai::vision::detail
