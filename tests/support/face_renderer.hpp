#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// Draws people before a camera, for tests of everything that looks at faces. Not pretty: good enough for the same
/// cascades that find real faces. The same scene is the same picture, byte for byte.
namespace mdai::test {

/// Obstacles to draw. `sunglasses` are glasses whose lenses hide the eyes.
enum class cover : std::uint8_t { none, glasses, sunglasses, mask, hat, hand };

/// One picture. Angles are degrees; x and y say where the point between the eyes is, as parts of the picture.
struct scene {
  unsigned identity = 1; ///< who: the same number is the same person
  float x = 0.5f, y = 0.45f;
  float size = 0.36f; ///< the head's width as a part of the picture's shorter side
  float roll = 0, yaw = 0, pitch = 0;
  float eyes_open = 1;  ///< 0 to 1
  float smile = 0;      ///< -1 to 1
  float light = 1;      ///< exposure
  float side_light = 0; ///< -1 (from the left) to 1
  float blur = 0;       ///< standard deviation, pixels
  float noise = 3;      ///< standard deviation, grey levels
  test::cover cover = cover::none;
  unsigned style = 0; ///< of the cover: three of each
  unsigned wall = 1;  ///< behind the person
  unsigned seed = 1;  ///< of the sensor's noise
  int width = 640, height = 480;
};

/// A picture's pixels, rows from the top, blue, green, red.
struct raster {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgr;
};

raster render(const scene& s);
/// A second person in the same picture, over the first.
raster render(const scene& first, const scene& second);
std::string to_jpeg(const raster& picture, int quality = 90);
/// The same without its colours.
std::string to_grey_jpeg(const raster& picture, int quality = 90);
inline std::string jpeg_of(const scene& s) { return to_jpeg(render(s)); }

/// Somebody as an ordinary camera sees them: their place, pose, expression and light differ from seed to seed.
scene ordinary_scene(unsigned identity, unsigned seed);

/// What somebody does before the camera, frame by frame, at 10 frames a second.
struct performance {
  unsigned identity = 1;
  std::vector<int> blinks = {}; ///< the frame in the middle of each, which lasts three
  std::vector<int> turns = {};  ///< where the head begins to move aside and back; it takes ten frames
  float sway = 0.004f;          ///< how far a still head wanders, as a part of the picture
  test::cover cover = cover::none;
  unsigned style = 0, seed = 1;
};
/// The scene at `frame`.
scene moment_of(const performance& who, int frame);

} // namespace mdai::test
