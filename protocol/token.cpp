#include "protocol/token.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "protocol/crypto.hpp"
#include "protocol/json_writer.hpp"

namespace mdai {
namespace {

constexpr std::size_t max_token_bytes = 4096;

/// A token cut at its two dots.
struct token_parts {
  std::string_view header, claims, signature;
  std::string_view signed_text; ///< header, dot and claims
};

std::optional<token_parts> split(std::string_view token) {
  auto first = token.find('.'), last = token.rfind('.');
  if (token.size() > max_token_bytes || first == last || token.find('.', first + 1) != last)
    return std::nullopt;
  return token_parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
                     token.substr(0, last)};
}

/// The JSON object that a part holds; null when it holds none.
nlohmann::json object_in(std::string_view part) {
  auto text = crypto::decode_base64url(part);
  auto value = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json{};
  return value.is_object() ? value : nlohmann::json{};
}

const std::string* string_in(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

/// The algorithm is pinned, and extensions that must be understood (RFC 7515 section 4.1.11) are not.
bool is_our_header(const nlohmann::json& header) {
  auto algorithm = string_in(header, "alg");
  return algorithm && *algorithm == "HS256" && !header.contains("crit");
}

std::int64_t whole_seconds(double s) { return static_cast<std::int64_t>(std::clamp(std::floor(s), -9e18, 9e18)); }

/// Takes claims out of their object; one that is missing though required or has another type spoils the
/// whole.
class claims_reader {
public:
  enum class need { required, optional };

  explicit claims_reader(const nlohmann::json& object)
      : object_(object) {}

  std::string text(const char* name, need n) {
    auto found = find(name, n);
    return found && check(found->is_string()) ? found->get<std::string>() : "";
  }
  double number(const char* name, need n) {
    auto found = find(name, n);
    return found && check(found->is_number()) ? found->get<double>() : 0;
  }
  bool good() const { return good_; }

private:
  const nlohmann::json* find(const char* name, need n) {
    auto found = object_.find(name);
    if (found != object_.end())
      return &*found;
    check(n == need::optional);
    return nullptr;
  }
  bool check(bool condition) {
    good_ = good_ && condition;
    return condition;
  }

  const nlohmann::json& object_;
  bool good_ = true;
};

result<token_claims> read_claims(const nlohmann::json& object, const std::string& issuer, wall_time now) {
  using enum claims_reader::need;
  claims_reader reader(object);
  auto session = object_id::parse(reader.text("session_id", required));
  auto expires_at = reader.number("exp", required);
  token_claims claims;
  claims.role = reader.text("role", required);
  claims.jti = reader.text("jti", optional);
  claims.issuer = reader.text("iss", optional);
  claims.device_id = reader.text("device_id", optional);
  claims.issued_at = whole_seconds(reader.number("iat", optional));
  claims.expires_at = whole_seconds(expires_at);
  if (!reader.good() || !session || (!issuer.empty() && claims.issuer != issuer))
    return errc::bad_claims;
  claims.session_id = *session;
  if (expires_at <= static_cast<double>(unix_ms(now)) / 1000)
    return errc::token_expired;
  return claims;
}

/// Names a key without saying anything useful about it.
std::string key_id(std::string_view secret) { return crypto::hex(crypto::hmac_sha256(secret, "kid")).substr(0, 8); }

std::string header_for(const std::string& key_id) {
  return crypto::base64url(json::object_writer{}.text("alg", "HS256").text("typ", "JWT").text("kid", key_id).done());
}

} // namespace

token_keys::token_keys(std::string issuer, std::string current_secret, std::vector<std::string> previous_secrets)
    : issuer_(std::move(issuer)) {
  // Anybody can sign with an empty secret.
  if (current_secret.empty())
    current_secret = crypto::random_bytes(32);
  std::erase(previous_secrets, "");
  previous_secrets.insert(previous_secrets.begin(), std::move(current_secret));
  for (auto& secret : previous_secrets) {
    auto id = key_id(secret);
    auto header = header_for(id);
    keys_.push_back({std::move(id), std::move(secret), std::move(header)});
  }
}

std::string token_keys::sign(std::string_view claims) const {
  const auto& current = keys_.front();
  auto token = current.header + '.' + crypto::base64url(claims);
  auto signature = crypto::base64url(crypto::hmac_sha256(current.secret, token));
  return std::move(token) + '.' + signature;
}

std::string token_keys::mint(const token_claims& claims) const {
  json::object_writer body;
  body.text("session_id", claims.session_id.hex())
      .text("role", claims.role)
      .text("jti", claims.jti)
      .text("iss", issuer_)
      .number("iat", claims.issued_at)
      .number("exp", claims.expires_at);
  if (!claims.device_id.empty())
    body.text("device_id", claims.device_id);
  return sign(body.done());
}

bool token_keys::is_signed(std::string_view text, std::string_view signature, const std::string* kid) const {
  auto named = [&](const key& k) { return kid && k.id == *kid; };
  bool known = std::any_of(keys_.begin(), keys_.end(), named);
  bool found = false;
  for (const auto& k : keys_)
    if (!known || named(k))
      found |= crypto::equal_constant_time(crypto::hmac_sha256(k.secret, text), signature);
  return found;
}

result<std::string> token_keys::open(std::string_view token) const {
  auto parts = split(token);
  if (!parts)
    return errc::malformed_token;
  auto header = object_in(parts->header);
  if (!is_our_header(header))
    return errc::malformed_token;
  auto signature = crypto::decode_base64url(parts->signature);
  if (!signature)
    return errc::malformed_token;
  if (!is_signed(parts->signed_text, *signature, string_in(header, "kid")))
    return errc::bad_signature;
  auto claims = crypto::decode_base64url(parts->claims);
  if (!claims)
    return errc::malformed_token;
  return std::move(*claims);
}

result<token_claims> token_keys::verify(std::string_view token, wall_time now) const {
  auto text = open(token);
  if (!text)
    return text.error();
  auto claims = nlohmann::json::parse(*text, nullptr, false);
  if (!claims.is_object())
    return errc::malformed_token;
  return read_claims(claims, issuer_, now);
}

} // namespace mdai
