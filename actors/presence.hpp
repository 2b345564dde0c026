#pragma once
#include "actors/metric.hpp"

/// Who is here, for /api/status and /metrics.
namespace mdai::presence {

extern metric sessions, mobiles, devices, pairs, multi_scanned;

} // namespace mdai::presence
