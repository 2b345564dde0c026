#pragma once
#include <cstddef>

namespace mdai::vision::detail {

/// The sum of the products of `size` numbers: what searching templates consists of. Uses the widest vectors of the
/// processor it runs on.
float dot(const float* a, const float* b, std::size_t size);

} // namespace mdai::vision::detail
