#pragma once
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/face/analysis.hpp"

namespace mdai::vision::detail {

/// What a remote engine says about itself. Error: `malformed_response`.
result<face::engine_info> read_engine_info(std::string_view json);

/// What it says about a frame. Error: `malformed_response`, also when another engine or version answers than
/// `expected`: its embeddings would not compare.
result<face::frame_analysis> read_analysis(std::string_view json, const face::engine_info& expected);

/// What a response without an analysis means: `invalid_image` and its like when the frame is to blame, `overloaded`,
/// else `malformed_response`.
errc read_refusal(unsigned status, std::string_view json);

} // namespace mdai::vision::detail
