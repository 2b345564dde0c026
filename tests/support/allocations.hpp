#pragma once
#include <cstddef>

namespace mdai::test {

/// How often this thread has called operator new. Programs that link allocations.cpp count.
std::size_t allocations();

} // namespace mdai::test
