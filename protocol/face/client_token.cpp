#include "protocol/face/client_token.hpp"

#include <nlohmann/json.hpp>

#include "protocol/json_writer.hpp"

namespace mdai::face {
namespace {

constexpr std::string_view role = "client";

/// The claim when it is a text, else an empty one.
std::string text(const nlohmann::json& claims, const char* name) {
  auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

} // namespace

std::string mint_client_token(const token_keys& keys, const client_claims& claims) {
  json::object_writer body;
  body.text("client_id", claims.client_id)
      .text("key_source", name(claims.key_source))
      .text("role", role)
      .text("jti", claims.jti)
      .text("iss", keys.issuer())
      .number("iat", claims.issued_at)
      .number("exp", claims.expires_at);
  return keys.sign(body.done());
}

result<client_claims> verify_client_token(const token_keys& keys, std::string_view token, wall_time now) {
  auto opened = keys.open(token);
  if (!opened)
    return opened.error();
  auto claims = nlohmann::json::parse(*opened, nullptr, false);
  if (!claims.is_object())
    return errc::malformed_token;
  auto source = parse_key_source(text(claims, "key_source"));
  auto expiry = claims.find("exp");
  client_claims out{text(claims, "client_id"), {}, text(claims, "jti")};
  bool ours = text(claims, "role") == role && text(claims, "iss") == keys.issuer();
  if (!ours || !source || out.client_id.empty() || expiry == claims.end() || !expiry->is_number_integer())
    return errc::bad_claims;
  out.key_source = *source;
  out.expires_at = expiry->get<std::int64_t>();
  if (auto begin = claims.find("iat"); begin != claims.end() && begin->is_number_integer())
    out.issued_at = begin->get<std::int64_t>();
  if (out.expires_at <= unix_seconds(now))
    return errc::token_expired;
  return out;
}

} // namespace mdai::face
