// config: what a secret worth the name is. Pure but for the system's random numbers; any thread.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace mdai::config {

/// The shortest secret production takes, in bytes.
inline constexpr std::size_t shortest_secret = 32;

/// How an operator makes a secret.
inline constexpr std::string_view secret_recipe = "openssl rand -hex 32";

/// The options whose secrets only we make: production wants each strong and different from the others.
std::span<const std::string_view> guarded_secrets();

/// Why `secret` must not guard production ("is missing", "is too short …", "is well-known …"), or an empty
/// text. Well-known are examples from documentation and tests, obvious words however they are padded,
/// repetitions, sequences, and the same in hex.
std::string weakness(std::string_view secret);

/// 32 random bytes in hex, as `openssl rand -hex 32` makes them.
std::string make_secret();

} // namespace mdai::config
