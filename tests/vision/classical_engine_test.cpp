#include "vision/classical_engine.hpp"

#include <gtest/gtest.h>

#include "tests/support/face_renderer.hpp"
#include "vision/liveness.hpp"

namespace mdai::vision {
namespace {

using test::scene;

std::unique_ptr<face_engine> engine() {
  std::string why;
  auto opened = open_classical({}, why);
  EXPECT_TRUE(opened) << why;
  return std::move(*opened);
}

TEST(classical_engine, SaysWhatItIs) {
  const auto e = engine();
  EXPECT_EQ(e->info().id, "classical");
  EXPECT_EQ(e->info().dimension, 1024u);
}

TEST(classical_engine, SeesAPersonWhoBlinksAndMoves) {
  const auto e = engine();
  const auto track = e->open_track();
  liveness_tracker liveness;
  const test::performance who{.identity = 3, .blinks = {8, 28}, .turns = {12}};
  for (int frame = 0; frame < 36; ++frame) {
    const auto seen = track->analyze(test::jpeg_of(test::moment_of(who, frame)), {});
    ASSERT_TRUE(seen) << seen.error().message();
    ASSERT_EQ(seen->status, face::frame_status::one_face) << frame;
    ASSERT_TRUE(seen->descriptor);
    EXPECT_EQ(seen->descriptor->size(), e->info().dimension);
    EXPECT_GE(seen->quality, 0.65f);
    liveness.observe(*seen);
  }
  EXPECT_EQ(liveness.reading().blinks, 2);
  EXPECT_GE(liveness.reading().motion_events, 1);
}

TEST(classical_engine, SavesTheDescriptionWhenNobodyWantsIt) {
  const auto seen = engine()->open_track()->analyze(test::jpeg_of({}), {.descriptor = false});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->status, face::frame_status::one_face);
  EXPECT_FALSE(seen->descriptor);
}

TEST(classical_engine, TellsOneFaceFromSeveralAndFromNone) {
  const auto e = engine();
  const auto two = test::render({.identity = 4, .x = 0.28f}, {.identity = 5, .x = 0.72f});
  EXPECT_EQ(e->open_track()->analyze(test::to_jpeg(two), {})->status, face::frame_status::many_faces);
  test::raster wall{640, 480, std::vector<std::uint8_t>(640 * 480 * 3, 128)};
  EXPECT_EQ(e->open_track()->analyze(test::to_jpeg(wall), {})->status, face::frame_status::no_face);
}

TEST(classical_engine, GoesOnAfterEveryBadPicture) {
  const auto e = engine();
  const auto track = e->open_track();
  const auto good = test::jpeg_of({});
  EXPECT_EQ(track->analyze(good, {})->status, face::frame_status::one_face);
  for (const auto& bad : {std::string{}, std::string("no picture"), good.substr(0, good.size() / 2)})
    EXPECT_EQ(track->analyze(bad, {}).error(), errc::invalid_image);
  EXPECT_EQ(track->analyze(test::jpeg_of({.width = 63, .height = 480}), {}).error(), errc::image_too_small);
  EXPECT_EQ(track->analyze(good, {})->status, face::frame_status::one_face);
}

TEST(classical_engine, FollowsAFaceThroughPicturesOfChangingSize) {
  const auto e = engine();
  const auto track = e->open_track();
  for (auto [width, height] : {std::pair{640, 480}, {320, 240}, {480, 640}, {1280, 960}, {64, 64}, {640, 480}}) {
    const auto seen = track->analyze(test::jpeg_of({.width = width, .height = height}), {});
    ASSERT_TRUE(seen) << width;
    EXPECT_EQ(seen->width, width);
    if (width > 64) {
      EXPECT_EQ(seen->status, face::frame_status::one_face) << width << 'x' << height;
    }
  }
}

TEST(classical_engine, KeepsItsTracksApart) {
  const auto e = engine();
  const auto left = e->open_track(), right = e->open_track();
  for (unsigned i = 0; i < 4; ++i) {
    const auto a = left->analyze(test::jpeg_of({.identity = 3, .x = 0.3f, .seed = i}), {});
    const auto b = right->analyze(test::jpeg_of({.identity = 5, .x = 0.7f, .seed = i}), {});
    EXPECT_LT(a->face->right, 320);
    EXPECT_GT(b->face->left, 320);
  }
}

TEST(classical_engine, NamesTheCascadeThatIsMissing) {
  std::string why;
  const auto opened = open_classical({.cascades = "/nowhere"}, why);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), errc::not_found);
  EXPECT_NE(why.find("/nowhere/haarcascades/haarcascade_frontalface_alt2.xml"), std::string::npos) << why;
}

} // namespace
} // namespace mdai::vision
