#pragma once
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/objdetect.hpp>

#include "protocol/errc.hpp"

namespace mdai::vision::detail {

/// The cascades of one engine, as Debian's `opencv-data` brings them. Not to be shared between threads.
struct cascades {
  cv::CascadeClassifier face;        ///< Haar, precise
  cv::CascadeClassifier hidden_face; ///< LBP, finds what is half covered, and more that is no face
  cv::CascadeClassifier eye;
  cv::CascadeClassifier eye_behind_glass;

  /// Reads them below `directory` (`haarcascades/`, `lbpcascades/`). Error: `not_found` or `invalid_value`, and `why`
  /// names the file.
  static result<cascades> open(const std::string& directory, std::string& why);
};

/// Every face of the picture that is at least a fifth of its shorter side wide, the largest first.
std::vector<cv::Rect> all_faces(cascades& models, const cv::Mat& grey);

/// The face again that was at `last` a frame ago: looks there only, and for that size only.
std::optional<cv::Rect> same_face(cascades& models, const cv::Mat& grey, const cv::Rect2f& last);

/// Where a face may be that `all_faces` does not find because something covers it. Costs more, and errs more.
std::optional<cv::Rect> hidden_face(cascades& models, const cv::Mat& grey);

} // namespace mdai::vision::detail
