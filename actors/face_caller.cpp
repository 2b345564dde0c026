#include "actors/face_caller.hpp"

#include <algorithm>

#include "protocol/face/client_token.hpp"

namespace mdai {
namespace {

using verdict = boost::system::result<face_caller, face_stranger>;

struct credential {
  std::string text;
  bool only_a_key = false; ///< it can be no token
};

bool is_scheme(std::string_view text, std::string_view scheme) {
  return std::equal(text.begin(), text.end(), scheme.begin(), scheme.end(),
                    [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b); });
}

std::string_view trimmed(std::string_view text) {
  auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  auto end = text.find_last_not_of(" \t");
  return end == text.npos ? std::string_view{} : text.substr(begin, end - begin + 1);
}

/// Empty: there is none.
credential credential_in(const transport::http_request& request) {
  auto header = trimmed(request.headers.get("Authorization"));
  auto blank = std::min(header.find_first_of(" \t"), header.size());
  auto scheme = header.substr(0, blank);
  if (is_scheme(scheme, "jwt") || is_scheme(scheme, "bearer"))
    if (auto text = trimmed(header.substr(blank)); !text.empty())
      return {std::string{text}, text.starts_with("frapi_")};
  return {std::string{trimmed(request.headers.get("X-API-Key"))}, true};
}

} // namespace

verdict judge_caller(const configuration& config, const transport::http_request& request, wall_time now) {
  auto given = credential_in(request);
  if (given.text.empty())
    return no_credentials;
  // A tenant of the settings may have any text for a key, but none with two dots.
  if (given.only_a_key || std::count(given.text.begin(), given.text.end(), '.') != 2)
    return face_caller{{client_credential::kind::api_key, given.text},
                       face::key_source::api_key,
                       given.only_a_key ? bad_api_key : bad_token};
  auto claims = face::verify_client_token(config.tokens, given.text, now);
  if (!claims)
    return claims.error() == errc::token_expired ? expired_token : bad_token;
  return face_caller{{client_credential::kind::client_id, claims->client_id}, claims->key_source, bad_client};
}

} // namespace mdai
