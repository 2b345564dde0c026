#pragma once
#include <string>

namespace mdai::vision::detail {

/// Once per process, before the first use of OpenCV: one thread (workers are the broker's own business), and no text of
/// OpenCV's on stderr: what it throws we answer. Any thread, any number of times.
void prepare_opencv();

/// Whether the file can be read at all: OpenCV answers a missing and a broken one alike.
bool is_readable(const std::string& file);

} // namespace mdai::vision::detail
