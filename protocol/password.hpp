#pragma once
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

/// Secrets that are only ever compared are kept as digests of a KDF that costs whoever guesses: scrypt (RFC 7914) with
/// N = 16384, r = 8, p = 1, 16 MiB of memory. See docs/decisions/0011.
namespace mdai::password {

inline constexpr std::size_t salt_bytes = 16;

/// 32 bytes. Takes tens of milliseconds: never on a loop. Errors: seal_failed (no memory).
result<std::string> derive(std::string_view secret, std::string_view salt);

} // namespace mdai::password
