#include "bench/sim/camera_frames.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mdai::sim {

outcome<frame_source> frames_of(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code ec;
  for (auto& entry : std::filesystem::directory_iterator{directory, ec})
    if (entry.is_regular_file())
      files.push_back(entry.path());
  if (ec)
    return failed("cannot read " + directory + ": " + ec.message());
  if (files.empty())
    return failed("there are no pictures in " + directory);
  std::sort(files.begin(), files.end());
  std::vector<std::string> pictures;
  for (auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    pictures.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    if (!in)
      return failed("cannot read " + file.string());
  }
  return frame_source{[pictures = std::move(pictures)](unsigned frame) { return pictures[frame % pictures.size()]; }};
}

} // namespace mdai::sim
