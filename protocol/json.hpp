#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

/// A strict streaming JSON reader (RFC 8259) for the relay path: validates in one pass, builds no tree,
/// allocates nothing. Same verdicts as nlohmann::json but for the range of numbers (any size is fine), the
/// depth, and a NUL byte (never fine; nlohmann takes it for the end). One UTF-8 byte order mark in front is
/// skipped.
namespace mdai::json {

/// No document may nest deeper, whatever a caller allows.
constexpr unsigned deepest = 1024;

enum class kind : std::uint8_t { object, array, string, number, boolean, null };

/// A value where it stands in its document: `text` is its exact bytes, quotes and escapes included.
struct value {
  json::kind kind = kind::null;
  std::string_view text;
};

/// Validates `document` as an object nested at most `max_depth` (up to `deepest`; the object itself is 1) deep and
/// finds the top-level members called `names[i]` into `found[i]` (the last one wins, as in every common
/// parser; names are compared after unescaping). Names differ from each other; `found` is as long as `names`
/// and empty after an error. Errors: malformed_json, not_an_object, nesting_too_deep, invalid_utf8: the first
/// that the pass meets.
result<void> scan_object(std::string_view document, std::span<const std::string_view> names,
                         std::span<std::optional<value>> found, unsigned max_depth);

/// The decoded characters of a string value that a scan found; nothing for another kind.
std::string decode(const value& string);
/// Whether a string value's decoded characters are `expected`. Allocates nothing.
bool equals(const value& string, std::string_view expected);
/// A number value that is a JSON integer (no fraction, no exponent) within 64 bits.
std::optional<std::int64_t> integer(const value& number);
/// The same, but an integer beyond 64 bits is the nearest one within.
std::optional<std::int64_t> nearest_integer(const value& number);
/// A number value as the nearest double, infinities included; NaN for another kind.
double real(const value& number);

/// Appends `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

} // namespace mdai::json
