#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/http_answers.hpp"

/// Long lists, a page at a time: `?limit=` says how long a page is, `?after=` where it begins.
namespace mdai {

struct admin_page {
  static constexpr std::size_t usual = 100, most = 1'000;

  std::size_t limit = usual;
  std::string after; ///< empty: from the start

  /// Nothing when `limit` is no number from 1 to `most`.
  static std::optional<admin_page> of(const transport::http_request& request);
  /// `{"<name>":[…],"next":…}`: `next` is what `after` must be for the following page, null at the end.
  static transport::http_response answer(const char* name, nlohmann::ordered_json items, const std::string& next);
};

/// The answer to a page that cannot be.
inline transport::http_response invalid_page(const transport::http_request& request) {
  return http_error(request, 400, "INVALID_PAGE", "limit must be a number from 1 to 1000, after the end of a page");
}

} // namespace mdai
