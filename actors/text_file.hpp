// config: small files, read whole.
#pragma once
#include <string>

#include "protocol/errc.hpp"

namespace mdai::config {

/// The file's bytes, or the system's error. Blocks on the disk.
result<std::string> read_text_file(const std::string& path);

/// Makes `path` with `text` in it, for its owner's eyes only (0600). The file is there whole or not at all;
/// errors are the system's, file_exists when somebody else was first. Blocks on the disk.
result<void> create_private_file(const std::string& path, const std::string& text);

} // namespace mdai::config
