// config: suggestions for mistyped names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mdai::config {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word` when it is near enough to be meant (at most 3 edits, fewer for short
/// words), or the only one that begins with it; else empty. The first of several equally near wins.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

/// ", did you mean X?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

} // namespace mdai::config
