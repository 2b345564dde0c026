#include "vision/detail/opencv.hpp"

#include <fstream>

#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

namespace mdai::vision::detail {

void prepare_opencv() {
  [[maybe_unused]] static const bool once = [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
    return true;
  }();
}

bool is_readable(const std::string& file) { return std::ifstream(file).peek() != std::ifstream::traits_type::eof(); }

} // namespace mdai::vision::detail
