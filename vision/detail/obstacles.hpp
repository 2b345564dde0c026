#pragma once
#include <array>

#include "protocol/face/analysis.hpp"
#include "vision/detail/eyes.hpp"
#include "vision/detail/picture.hpp"

namespace mdai::vision::detail {

/// What tells that something covers a face, as numbers. Edges are relative to those of the eyes and brows, colours and
/// brightness to those of the skin between eyes and cheeks, so that light and camera matter little.
enum class cue : std::uint8_t {
  bridge_edge,  ///< a level line across the bridge of the nose
  rim_edge,     ///< level lines below the eyes
  lower_colour, ///< mouth and chin have another colour than the skin
  lower_light,  ///< or brightness
  mouth_edge,   ///< lips
  nostril_edge, ///< nostrils
  lower_detail, ///< contrast of the lower face
  forehead_colour,
  forehead_light,
  asymmetry,    ///< of the face's lower half
  upright_edge, ///< upright lines below the eyes, as between fingers
  eye_asymmetry,
};
inline constexpr std::size_t cues = 12;
using obstacle_cues = std::array<float, cues>;

/// Looks for the cues where the eyes say that they must be.
obstacle_cues measure_cues(const picture& image, const cv::Mat& grey, const eye_pair& eyes);

/// How sure one can be of each obstacle. Without colours the cues of colour say nothing; in a blurred picture a missing
/// mouth is no hand.
face::obstacle_scores judge_obstacles(const obstacle_cues& seen, bool has_colours, bool sharp,
                                      const face::obstacle_scores& bias);

} // namespace mdai::vision::detail
