#pragma once
#include <memory>
#include <optional>

#include "vision/classical_engine.hpp"
#include "vision/detail/eyes.hpp"
#include "vision/detail/face_finder.hpp"
#include "vision/detail/picture.hpp"

namespace mdai::vision::detail {

/// One person's frames before the classical engine.
class classical_track final : public face_track {
public:
  classical_track(std::shared_ptr<cascades> models, const classical_options& options)
      : models_(std::move(models))
      , options_(options) {}
  result<face::frame_analysis> analyze(std::string_view image, want w) override;

private:
  result<face::frame_analysis> look_at(std::string_view image, want w);
  /// Who is in the picture; sets what the analysis says about it.
  std::optional<cv::Rect> locate(const cv::Mat& grey, face::frame_analysis& out);
  /// Somebody whose face no cascade knows may have it covered: then the obstacles say so, and nothing else counts.
  void look_for_hidden_face(const picture& image, const cv::Mat& grey, face::frame_analysis& out);
  /// Takes the place of the face over, without the jitter of the cascades.
  void follow(const cv::Rect& found);
  eye_pair eyes_in_box(const cv::Mat& grey);
  void describe_face(const picture& image, const cv::Mat& grey, want w, face::frame_analysis& out);

  std::shared_ptr<cascades> models_;
  const classical_options options_;
  /// The very same picture says the very same again: so liveness can tell that it is one.
  std::optional<face::frame_analysis> last_;
  std::size_t last_hash_ = 0;
  want last_want_;
  bool tracking_ = false;
  cv::Rect2f box_; ///< smoothed
  unsigned frames_since_search_ = 0;
  unsigned frames_missed_ = 0;
  eye_pair eyes_{{0.31f, 0.385f}, {0.69f, 0.385f}}; ///< in parts of the box
  std::optional<unsigned> frames_since_eyes_;       ///< nothing: not found yet
};

} // namespace mdai::vision::detail
