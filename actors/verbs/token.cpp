#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "actors/verbs/verbs.hpp"
#include "protocol/crypto.hpp"
#include "protocol/token.hpp"

namespace mdai {

namespace {

int fail(verb_context& context, std::string_view what) {
  context.err << "error: " << what << '\n';
  return 1;
}

/// Whether tokens of the broker that these settings describe can be known here: a made-up secret is another
/// one per process.
bool has_lasting_secret(const config::loaded& settings) {
  return !settings.values.auth.jwt_secret.empty() && !settings.broken.contains("auth.jwt_secret") &&
         settings.origin_of("auth.jwt_secret").from != config::origin::kind::development;
}

token_keys keys_of(const settings& s) { return {s.auth.issuer, s.auth.jwt_secret, s.auth.jwt_secrets_previous}; }

config::loaded settings_of(const verb_context& context) {
  auto sources = context.sources;
  sources.touch_nothing = true;
  return config::load(sources);
}

/// A part of a token as JSON; discarded when it is none.
nlohmann::json part_of(std::string_view base64url) {
  auto text = crypto::decode_base64url(base64url);
  return nlohmann::json::parse(text.has_value() ? *text : std::string{}, nullptr, false);
}

void print_times(std::ostream& out, const nlohmann::json& claims) {
  for (const auto* name : {"iat", "exp"})
    if (auto at = claims.find(name); at != claims.end() && at->is_number_integer()) {
      auto seconds_since_1970 = at->get<std::int64_t>();
      // Outside the years that a date can show it stays the number above.
      if (seconds_since_1970 >= 0 && seconds_since_1970 < 253'402'300'800)
        out << name << ":       " << iso8601(from_unix_ms(seconds_since_1970 * 1000)) << '\n';
    }
}

/// "" when the token is good; else why not.
std::string verdict(const config::loaded& settings, std::string_view token, wall_time now) {
  if (!has_lasting_secret(settings))
    return "unknown: JWT_SECRET is not set";
  auto claims = keys_of(settings.values).verify(token, now);
  return claims.has_value() ? "" : claims.error().message();
}

} // namespace

int mint_token(verb_context& context, const mint_request& request, wall_time now) {
  auto settings = settings_of(context);
  if (!settings.values.development() && !settings.broken.contains("mode"))
    return fail(context, "tokens are minted in development mode only (MDAI_MODE=development)");
  print_errors(settings, context.err);
  if (!settings.ok())
    return 1;
  if (!has_lasting_secret(settings))
    return fail(context, "JWT_SECRET is not set: no broker would know the token");
  auto id = object_id::parse(request.session_id);
  if (!id.has_value())
    return fail(context, "--session: 24 hexadecimal digits are wanted");
  if (request.role != "mobile" && request.role != "device")
    return fail(context, "--role: mobile or device is wanted");
  auto ttl = request.ttl.empty() ? settings.values.session.ttl : config::parse_duration(request.ttl);
  if (!ttl || *ttl < seconds{1} || *ttl > std::chrono::hours{24})
    return fail(context, "--ttl: a duration from 1s to 24h is wanted");
  token_claims claims{.session_id = *id,
                      .role = request.role,
                      .jti = crypto::hex(crypto::random_bytes(16)),
                      .issuer = settings.values.auth.issuer,
                      .issued_at = unix_seconds(now),
                      .expires_at = unix_seconds_ceil(now + *ttl)};
  context.out << keys_of(settings.values).mint(claims) << '\n';
  return 0;
}

int inspect_token(verb_context& context, std::string_view token, wall_time now) {
  auto first = token.find('.'), second = token.rfind('.');
  auto header = part_of(token.substr(0, first));
  auto claims = first < second ? part_of(token.substr(first + 1, second - first - 1)) : nlohmann::json{};
  constexpr std::size_t longest_token = 8192;
  if (token.size() > longest_token || !header.is_object() || !claims.is_object())
    return fail(context, "this is no token: header.claims.signature in base64url is wanted");
  context.out << "header:    " << header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n'
              << "claims:    " << claims.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  print_times(context.out, claims);
  auto why_not = verdict(settings_of(context), token, now);
  context.out << "verdict:   " << (why_not.empty() ? "good under the current settings" : why_not) << '\n';
  return why_not.empty() ? 0 : 1;
}

void add_token(CLI::App& app, verb_context& context) {
  auto* token = app.add_subcommand("token", "Mints and inspects session tokens")->require_subcommand(1);

  auto request = std::make_shared<mint_request>();
  auto* mint = token->add_subcommand("mint", "Prints a token (development mode only)");
  mint->add_option("--role", request->role, "mobile or device")->required();
  mint->add_option("--session", request->session_id, "Session id, 24 hexadecimal digits")->required();
  mint->add_option("--ttl", request->ttl, "How long it is good, such as 3m (default: session.ttl)");
  mint->callback([&context, request] { context.exit_code = mint_token(context, *request, wall_now()); });

  auto text = std::make_shared<std::string>();
  auto* inspect = token->add_subcommand("inspect", "Shows what a token says and whether it is good");
  inspect->add_option("TOKEN", *text, "The token")->required();
  inspect->callback([&context, text] { context.exit_code = inspect_token(context, *text, wall_now()); });
}

} // namespace mdai
