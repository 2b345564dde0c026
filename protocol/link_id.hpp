#pragma once
#include <cstdint>

namespace mdai {

/// One connection of one party, unique in this process. 0 is none.
using link_id = std::uint64_t;

} // namespace mdai
