#pragma once
#include <span>
#include <string_view>

/// The pages people open, as they are in this directory, within the binary.
namespace mdai::web {

struct file {
  std::string_view name; ///< its path in this directory: "face/page.js"
  std::string_view bytes;
};

std::span<const file> files();

} // namespace mdai::web
