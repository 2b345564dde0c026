#pragma once
#include <opencv2/core.hpp>

/// The people of the face renderer. Lengths are in eye distances: the eyes stand at x = -0.5 and 0.5, y = 0, and y
/// grows downwards.
namespace mdai::test {

/// What makes a person this person.
struct person {
  cv::Scalar skin, hair, clothes;
  double head_width, head_height, jaw; ///< halves of the head, and how square its jaw is
  double eye_width, eye_height, iris;  ///< halves of an eye; the iris' shade
  double brow_height, brow_thickness, brow_tilt, brow_arch;
  double nose_width, nose_length, bridge;
  double mouth_y, mouth_width, mouth_thickness;
  double hairline, side_hair, beard, cheeks;
  cv::Mat texture; ///< of the skin: 32F, the size of the renderer's sheet
};

/// The renderer's sheet, on which a head is drawn before it is put into a picture.
namespace sheet {
constexpr int width = 368, height = 472;
constexpr double unit = 76; ///< pixels of an eye distance
constexpr double middle_x = 184, middle_y = 190;
} // namespace sheet

/// The person with this number; made once, kept for the life of the thread.
const person& person_of(unsigned identity);

} // namespace mdai::test
