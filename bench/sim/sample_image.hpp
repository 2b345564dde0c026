#pragma once
#include <string>

#include "bench/sim/outcome.hpp"

namespace mdai::sim {

/// A valid baseline JPEG of 16 by 16 grey pixels (ITU-T T.81), some 160 bytes.
std::string sample_jpeg();

/// The bytes of `file`; the sample when `file` is empty.
outcome<std::string> load_image(const std::string& file);

/// The text of `file`, without white space around it.
outcome<std::string> load_text(const std::string& file);

} // namespace mdai::sim
