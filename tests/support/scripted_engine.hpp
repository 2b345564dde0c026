#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "vision/face_engine.hpp"

namespace mdai::test {

/// Says what an engine sees; shared by all engines and tracks of a test. Any thread.
struct engine_script {
  using eye = std::function<result<face::frame_analysis>(std::string_view image)>;

  face::engine_info info{
      "scripted", "1", 3, {.verify = 0.8f, .identify = 0.8f, .identify_margin = 0.1f, .duplicate = 0.8f}};
  eye see;
  std::atomic<int> engines{0}, tracks{0}; ///< opened and not gone
  std::atomic<int> frames{0};
};

/// An engine that does what the test says; it throws where the script throws.
class scripted_engine final : public vision::face_engine {
public:
  explicit scripted_engine(std::shared_ptr<engine_script> script)
      : script_(std::move(script)) {
    ++script_->engines;
  }
  ~scripted_engine() override { --script_->engines; }
  const face::engine_info& info() const override { return script_->info; }
  std::unique_ptr<vision::face_track> open_track() override { return std::make_unique<track>(script_); }

private:
  struct track final : vision::face_track {
    explicit track(std::shared_ptr<engine_script> s)
        : script(std::move(s)) {
      ++script->tracks;
    }
    ~track() override { --script->tracks; }
    result<face::frame_analysis> analyze(std::string_view image, vision::want) override {
      ++script->frames;
      return script->see(image);
    }
    std::shared_ptr<engine_script> script;
  };
  std::shared_ptr<engine_script> script_;
};

} // namespace mdai::test
