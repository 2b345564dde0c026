#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/face_renderer.hpp"
#include "vision/classical_engine.hpp"
#include "vision/liveness.hpp"
#include "vision/template_index.hpp"

/// What the embedded engine must reach at least, on drawn people with fixed seeds. The numbers stand in the test's XML
/// output as properties.
namespace mdai::vision {
namespace {

using face::frame_status;
using test::cover;
using test::performance;
using test::scene;

class floors : public testing::Test {
protected:
  floors() {
    std::string why;
    engine = std::move(open_classical({}, why).value());
  }
  /// Of a picture that nothing came before.
  face::frame_analysis first_look(const std::string& image) { return engine->open_track()->analyze(image, {}).value(); }
  /// What the liveness rules say after a whole performance.
  liveness_reading watch(const performance& who, int frames) {
    const auto track = engine->open_track();
    liveness_tracker liveness;
    for (int i = 0; i < frames; ++i)
      liveness.observe(track->analyze(test::jpeg_of(test::moment_of(who, i)), {.descriptor = false}).value());
    return liveness.reading();
  }
  void report(const char* name, int part, int whole) {
    RecordProperty(name, std::to_string(part) + " of " + std::to_string(whole));
    std::cout << "  " << name << ": " << part << " of " << whole << '\n';
  }
  std::unique_ptr<face_engine> engine;
};

/// As the face stream decides by default.
bool is_refused(const face::obstacle_scores& seen) {
  constexpr face::obstacle_scores limits{0.50f, 0.30f, 0.30f, 0.30f};
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i] > limits[i])
      return true;
  return false;
}
bool is_sample(const face::frame_analysis& seen) {
  return seen.status == frame_status::one_face && seen.descriptor && seen.quality >= 0.65f &&
         !is_refused(seen.obstacles);
}

TEST_F(floors, NinetyNineOfAHundredUncoveredFacesAreFoundAlone) {
  constexpr int people = 100;
  int found = 0;
  for (unsigned i = 0; i < people; ++i)
    found += first_look(test::jpeg_of(test::ordinary_scene(100 + i, i))).status == frame_status::one_face;
  report("found", found, people);
  EXPECT_GE(found, 99);
}

TEST_F(floors, NoFaceIsFoundWhereThereIsNone) {
  int found = 0, pictures = 0;
  auto look = [&](const std::function<int(int, int)>& grey_at) {
    test::raster picture{640, 480, {}};
    for (int y = 0; y < picture.height; ++y)
      for (int x = 0; x < picture.width; ++x)
        picture.bgr.insert(picture.bgr.end(), 3, static_cast<std::uint8_t>(std::clamp(grey_at(x, y), 0, 255)));
    found += first_look(test::to_jpeg(picture)).status != frame_status::no_face;
    ++pictures;
  };
  std::uint32_t state = 1;
  auto random = [&] { return static_cast<int>((state = state * 1664525 + 1013904223) >> 24); };
  for (int level : {0, 128, 255})
    look([=](int, int) { return level; });
  for (int i = 0; i < 4; ++i)
    look([&](int, int) { return random(); });
  for (int i = 0; i < 4; ++i) // coarse noise has more of a face's sizes in it
    look([&, salt = random()](int x, int y) {
      return ((x >> (i + 2)) * 7919 + (y >> (i + 2)) * 104729 + salt) * 2654435761u >> 24;
    });
  look([](int x, int) { return x * 255 / 640; });
  look([](int, int y) { return y * 255 / 480; });
  look([](int x, int y) { return (x / 40 + y / 40) % 2 * 255; });
  report("found", found, pictures);
  EXPECT_EQ(found, 0);
}

TEST_F(floors, PeopleAreKnownAgainAndNotTakenForOthers) {
  constexpr unsigned people = 30, enrolled = 3, probes = 3;
  std::vector<std::vector<face::embedding>> templates(people), probe(people);
  for (unsigned i = 0; i < people; ++i)
    for (unsigned frame = 0; frame < 40 && probe[i].size() < probes; ++frame)
      if (auto seen = first_look(test::jpeg_of(test::ordinary_scene(300 + i, frame))); is_sample(seen))
        (templates[i].size() < enrolled ? templates[i] : probe[i]).push_back(*seen.descriptor);
  int genuine = 0, impostor = 0;
  for (unsigned a = 0; a < people; ++a)
    for (unsigned b = 0; b < people; ++b)
      if (likeness(mean_of(probe[a]), templates[b]) >= engine->info().thresholds.verify)
        ++(a == b ? genuine : impostor);
  report("genuine accepted", genuine, people);
  report("impostors accepted", impostor, people * (people - 1));
  EXPECT_GE(genuine, people * 95 / 100.0);
  EXPECT_LE(impostor, people * (people - 1) * 2 / 100.0);
}

TEST_F(floors, BlinksAreCounted) {
  int seen = 0, made = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const performance who{.identity = 400 + i, .blinks = {7, 16, 25}, .seed = i + 1};
    made += 3;
    seen += std::min(3, watch(who, 29).blinks);
  }
  report("blinks counted", seen, made);
  EXPECT_GE(seen, made * 90 / 100.0);
}

TEST_F(floors, WhoLooksIntoTheCameraNeitherBlinksNorMoves) {
  int blinking = 0, moving = 0, still = 0;
  constexpr int clips = 10;
  for (unsigned i = 0; i < clips; ++i) {
    const auto reading = watch({.identity = 430 + i, .seed = i + 1}, 30);
    blinking += reading.blinks > 0;
    moving += reading.motion_events > 0;
    still += reading.still;
  }
  report("clips with a false blink", blinking, clips);
  report("clips with a false movement", moving, clips);
  report("clips taken for a still picture", still, clips);
  EXPECT_LE(blinking, clips / 10);
  EXPECT_EQ(moving, 0);
  EXPECT_EQ(still, 0);
}

TEST_F(floors, MovementsAreCounted) {
  int moved = 0;
  constexpr int clips = 20;
  for (unsigned i = 0; i < clips; ++i)
    moved += watch({.identity = 460 + i, .turns = {4}, .seed = i + 1}, 16).motion_events > 0;
  report("clips with a movement", moved, clips);
  EXPECT_GE(moved, clips * 95 / 100.0);
}

TEST_F(floors, APictureSentAgainAndAgainIsKnownToBeStill) {
  const auto track = engine->open_track();
  const auto image = test::jpeg_of({.identity = 7});
  liveness_tracker liveness;
  for (int i = 0; i < 12; ++i)
    liveness.observe(track->analyze(image, {.descriptor = false}).value());
  EXPECT_TRUE(liveness.reading().still);
  EXPECT_EQ(liveness.reading().blinks, 0);
  EXPECT_EQ(liveness.reading().motion_events, 0);
}

/// How many of 45 people with this cover become a sample, and how many are found at all.
struct covered {
  int found = 0, accepted = 0, refused = 0;
};
constexpr unsigned covered_people = 45;
covered try_covered(const std::function<face::frame_analysis(const std::string&)>& look, cover worn, unsigned first) {
  covered out;
  for (unsigned i = 0; i < covered_people; ++i) {
    auto s = test::ordinary_scene(first + i, i);
    s.cover = worn;
    s.style = i;
    const auto seen = look(test::jpeg_of(s));
    out.found += seen.status == frame_status::one_face;
    out.refused += seen.status == frame_status::one_face && is_refused(seen.obstacles);
    out.accepted += is_sample(seen);
  }
  return out;
}

TEST_F(floors, AMaskedFaceIsNeverAccepted) {
  const auto got = try_covered([&](const auto& image) { return first_look(image); }, cover::mask, 500);
  report("accepted", got.accepted, covered_people);
  report("named", got.refused, got.found);
  EXPECT_EQ(got.accepted, 0);
}

TEST_F(floors, CoversAreRefused) {
  const std::tuple<cover, unsigned, int, const char*> kinds[] = {{cover::glasses, 600, 80, "glasses"},
                                                                 {cover::sunglasses, 700, 80, "sunglasses"},
                                                                 {cover::hat, 800, 75, "hats"},
                                                                 {cover::hand, 900, 60, "hands"}};
  for (const auto& [worn, first, percent, name] : kinds) {
    const auto got = try_covered([&](const auto& image) { return first_look(image); }, worn, first);
    report(name, got.refused, got.found);
    EXPECT_GE(got.refused, got.found * percent / 100.0) << name;
  }
}

TEST_F(floors, NineOfTenUncoveredFacesAreAccepted) {
  const auto got = try_covered([&](const auto& image) { return first_look(image); }, cover::none, 1000);
  report("refused", got.refused, got.found);
  report("accepted", got.accepted, covered_people);
  EXPECT_LE(got.refused, got.found / 10);
  EXPECT_GE(got.accepted, covered_people * 9 / 10);
}

} // namespace
} // namespace mdai::vision
