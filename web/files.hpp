#pragma once
#include <span>
#include <string_view>

/// The pages people open, and the descriptions they show, as they are in this directory, within the binary.
namespace mdai::web {

struct file {
  std::string_view name; ///< its path in this directory: "face/page.js"
  std::string_view bytes;
};

std::span<const file> files();
/// Of the file of that name, which must be one.
std::string_view contents(std::string_view name);

} // namespace mdai::web
