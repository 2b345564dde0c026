#include "vision/onnx_engine.hpp"

#include <fstream>
#include <iterator>

#include "protocol/crypto.hpp"
#include "vision/detail/onnx_track.hpp"

namespace mdai::vision {
namespace {

/// What the network's authors publish for one pair of pictures (cosine 0.363), and more where more people are compared.
constexpr face::match_thresholds published{
    .verify = 0.363f, .identify = 0.42f, .identify_margin = 0.05f, .duplicate = 0.5f};

class onnx_engine final : public face_engine {
public:
  onnx_engine(std::shared_ptr<detail::networks> models, std::string version, const obstacle_options& obstacles)
      : info_{.id = "onnx", .version = std::move(version), .dimension = models->dimension(), .thresholds = published}
      , models_(std::move(models))
      , obstacles_(obstacles) {}

  const face::engine_info& info() const override { return info_; }
  std::unique_ptr<face_track> open_track() override {
    return std::make_unique<detail::onnx_track>(models_, obstacles_);
  }

private:
  const face::engine_info info_;
  std::shared_ptr<detail::networks> models_;
  const obstacle_options obstacles_;
};

/// Another network's embeddings mean something else: so the version is the file itself.
std::string version_of(const std::string& file) {
  constexpr std::size_t digits = 16;
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  return crypto::hex(crypto::sha256(bytes)).substr(0, digits);
}

} // namespace

result<std::unique_ptr<face_engine>> open_onnx(const onnx_options& options, std::string& why) {
  auto models = detail::networks::open(options.detector, options.recognizer, options.least_confidence, why);
  if (!models)
    return models.error();
  return std::make_unique<onnx_engine>(std::move(*models), version_of(options.recognizer), options.obstacles);
}

} // namespace mdai::vision
