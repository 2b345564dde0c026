#include "tests/support/face_person.hpp"

#include <map>

#include <opencv2/imgproc.hpp>

namespace mdai::test {
namespace {

/// Three bands of soft patches, as skin has them.
cv::Mat skin_texture(cv::RNG& random) {
  cv::Mat sum(sheet::height, sheet::width, CV_32F, cv::Scalar(0));
  for (int patch : {4, 8, 14}) {
    cv::Mat noise(sheet::height / patch, sheet::width / patch, CV_32F), band;
    random.fill(noise, cv::RNG::NORMAL, 0, 3);
    cv::resize(noise, band, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += band;
  }
  return sum;
}

person make(unsigned identity) {
  cv::RNG random(0x9E3779B97F4A7C15ull * (identity + 1));
  random.next();
  auto between = [&](double low, double high) { return random.uniform(low, high); };
  person p;
  const double tone = between(0.55, 1.0);
  p.skin = {122 * tone + between(-8, 8), 157 * tone + between(-6, 6), 206 * tone + between(-6, 6)};
  p.hair = {between(10, 60), between(15, 70), between(20, 90)};
  p.clothes = {between(20, 200), between(20, 200), between(20, 200)};
  p.head_width = between(1.05, 1.22);
  p.head_height = between(1.48, 1.66);
  p.jaw = between(0.0, 0.22);
  p.eye_width = between(0.21, 0.28);
  p.eye_height = between(0.095, 0.135);
  p.iris = between(20, 90);
  p.brow_height = between(0.24, 0.34);
  p.brow_thickness = between(0.05, 0.105);
  p.brow_tilt = between(-0.05, 0.06);
  p.brow_arch = between(0.03, 0.09);
  p.nose_width = between(0.15, 0.26);
  p.nose_length = between(0.54, 0.72);
  p.bridge = between(0.10, 0.20);
  p.mouth_y = between(0.90, 1.04);
  p.mouth_width = between(0.32, 0.48);
  p.mouth_thickness = between(0.055, 0.12);
  p.hairline = between(0.78, 1.05);
  p.side_hair = between(0.0, 0.22);
  p.beard = between(0, 1) < 0.35 ? between(0.1, 0.35) : 0.0;
  p.cheeks = between(0.02, 0.14);
  p.texture = skin_texture(random);
  return p;
}

} // namespace

const person& person_of(unsigned identity) {
  thread_local std::map<unsigned, person> known;
  auto at = known.find(identity);
  return at != known.end() ? at->second : known.emplace(identity, make(identity)).first->second;
}

} // namespace mdai::test
