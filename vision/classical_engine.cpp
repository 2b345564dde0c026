#include "vision/classical_engine.hpp"

#include "vision/detail/classical_track.hpp"
#include "vision/detail/descriptor.hpp"

namespace mdai::vision {
namespace {

class classical_engine final : public face_engine {
public:
  classical_engine(detail::cascades models, classical_options options)
      : options_(std::move(options))
      , models_(std::make_shared<detail::cascades>(std::move(models))) {}

  const face::engine_info& info() const override { return info_; }
  std::unique_ptr<face_track> open_track() override {
    return std::make_unique<detail::classical_track>(models_, options_);
  }

private:
  const face::engine_info info_{
      .id = "classical",
      .version = "1",
      .dimension = detail::descriptor_dimension,
      .thresholds = {.verify = 0.68f, .identify = 0.70f, .identify_margin = 0.03f, .duplicate = 0.72f}};
  const classical_options options_;
  std::shared_ptr<detail::cascades> models_;
};

} // namespace

result<std::unique_ptr<face_engine>> open_classical(const classical_options& options, std::string& why) {
  auto models = detail::cascades::open(options.cascades, why);
  if (!models)
    return models.error();
  return std::make_unique<classical_engine>(std::move(*models), options);
}

} // namespace mdai::vision
