#include "vision/onnx_engine.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/face_renderer.hpp"
#include "tests/support/onnx_stub.hpp"

namespace mdai::vision {
namespace {

class onnx_engine : public testing::Test {
protected:
  onnx_engine() {
    std::filesystem::create_directories(directory_);
    write("yunet.onnx", test::yunet_stub());
    write("sface.onnx", test::sface_stub());
  }
  ~onnx_engine() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  result<std::unique_ptr<face_engine>> open(const std::string& detector = "yunet.onnx",
                                            const std::string& recognizer = "sface.onnx") {
    why.clear();
    return open_onnx({.detector = path(detector), .recognizer = path(recognizer)}, why);
  }
  std::string why;

private:
  const std::string directory_ = testing::TempDir() + "onnx_engine_test." + std::to_string(::getpid());
};

/// A dark picture with white blocks in the detector's grid.
std::string blocks(std::initializer_list<std::pair<int, int>> where, int scale = 1) {
  test::raster out{320 * scale, 256 * scale, {}};
  out.bgr.assign(static_cast<std::size_t>(out.width * out.height * 3), 10);
  for (auto [column, row] : where)
    for (int y = row * 64 * scale; y < (row + 1) * 64 * scale; ++y)
      for (int x = column * 64 * scale; x < (column + 1) * 64 * scale; ++x)
        for (int c = 0; c < 3; ++c)
          out.bgr[static_cast<std::size_t>((y * out.width + x) * 3 + c)] = 255;
  return test::to_jpeg(out, 95);
}

TEST_F(onnx_engine, FindsMeasuresAndDescribesByItsNetworks) {
  const auto engine = open();
  ASSERT_TRUE(engine) << why;
  EXPECT_EQ((*engine)->info().id, "onnx");
  EXPECT_EQ((*engine)->info().dimension, 128u);
  for (int scale : {1, 2}) {
    const auto seen = (*engine)->open_track()->analyze(blocks({{2, 1}}, scale), {});
    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->status, face::frame_status::one_face);
    EXPECT_NEAR(seen->face->left, 96 * scale, 3);
    EXPECT_NEAR(seen->face->bottom, 160 * scale, 3);
    ASSERT_EQ(seen->landmarks.size(), 5u);
    EXPECT_LT(seen->landmarks[0].x, seen->landmarks[1].x);
    EXPECT_EQ(seen->eyes.size(), 2u);
    ASSERT_TRUE(seen->descriptor);
    float length = 0;
    for (float value : *seen->descriptor)
      length += value * value;
    EXPECT_NEAR(length, 1, 1e-4);
  }
}

TEST_F(onnx_engine, LooksAtUprightAndAtGreyPicturesToo) {
  const auto engine = open();
  ASSERT_TRUE(engine) << why;
  const auto track = (*engine)->open_track();
  EXPECT_EQ(track->analyze(test::jpeg_of({.width = 480, .height = 640}), {})->width, 480);
  test::raster grey{320, 256, std::vector<std::uint8_t>(320 * 256 * 3, 10)};
  EXPECT_EQ(track->analyze(test::to_grey_jpeg(grey), {})->status, face::frame_status::no_face);
  EXPECT_EQ(track->analyze("nothing", {}).error(), errc::invalid_image);
}

TEST_F(onnx_engine, TellsOneFaceFromSeveralAndFromNone) {
  const auto engine = open();
  ASSERT_TRUE(engine) << why;
  const auto track = (*engine)->open_track();
  EXPECT_EQ(track->analyze(blocks({{0, 0}, {4, 3}}), {})->status, face::frame_status::many_faces);
  EXPECT_EQ(track->analyze(blocks({}), {})->status, face::frame_status::no_face);
  const auto seen = track->analyze(blocks({{2, 1}}), {.descriptor = false});
  EXPECT_EQ(seen->status, face::frame_status::one_face);
  EXPECT_FALSE(seen->descriptor);
}

TEST_F(onnx_engine, HasAnotherVersionForAnotherNetwork) {
  const auto first = open();
  auto changed = test::sface_stub();
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  write("other.onnx", changed);
  const auto second = open("yunet.onnx", "other.onnx");
  ASSERT_TRUE(first && second) << why;
  EXPECT_NE((*first)->info().version, (*second)->info().version);
}

TEST_F(onnx_engine, NamesTheFileThatIsNoGood) {
  write("empty.onnx", "");
  write("garbage.onnx", std::string(5000, 'x'));
  write("cut.onnx", test::sface_stub().substr(0, 3000));
  struct bad {
    std::string detector, recognizer, named;
    errc expected;
  };
  for (const auto& c : std::initializer_list<bad>{{"none.onnx", "sface.onnx", "none.onnx", errc::not_found},
                                                  {"yunet.onnx", "none.onnx", "none.onnx", errc::not_found},
                                                  {"empty.onnx", "sface.onnx", "empty.onnx", errc::not_found},
                                                  {"yunet.onnx", "empty.onnx", "empty.onnx", errc::not_found},
                                                  {"garbage.onnx", "sface.onnx", "garbage.onnx", errc::invalid_value},
                                                  {"yunet.onnx", "garbage.onnx", "garbage.onnx", errc::invalid_value},
                                                  {"yunet.onnx", "cut.onnx", "cut.onnx", errc::invalid_value},
                                                  {"sface.onnx", "yunet.onnx", "sface.onnx", errc::invalid_value},
                                                  {"yunet.onnx", "yunet.onnx", "yunet.onnx", errc::invalid_value},
                                                  {"", "sface.onnx", path(""), errc::not_found}}) {
    const auto engine = open(c.detector, c.recognizer);
    ASSERT_FALSE(engine) << c.detector << ' ' << c.recognizer;
    EXPECT_EQ(engine.error(), c.expected) << why;
    EXPECT_NE(why.find(c.named), std::string::npos) << why;
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
  }
}

} // namespace
} // namespace mdai::vision
