#include "actors/session_tokens.hpp"

#include "protocol/qr.hpp"

namespace mdai {

namespace {

std::string mint(const configuration& config, const session_record& record, std::string_view role, std::string jti) {
  token_claims claims;
  claims.session_id = record.id;
  claims.role = role;
  claims.jti = std::move(jti);
  claims.issuer = config.tokens.issuer();
  claims.issued_at = unix_seconds(record.created_at);
  claims.expires_at = unix_seconds_ceil(record.expires_at);
  return config.tokens.mint(claims);
}

} // namespace

std::string session_token(const configuration& config, const session_record& record, party role) {
  auto who = config.settings.auth.role_bound_tokens ? role : party::mobile;
  return mint(config, record, name(who), record.id.hex() + (who == party::mobile ? "-m" : "-d"));
}

std::string bridge_token(const configuration& config, const session_record& record) {
  return mint(config, record, bridge_role, record.id.hex());
}

result<std::string> session_qr(const configuration& config, const session_record& record) {
  return seal_qr(config.qr_key,
                 {record.id, session_token(config, record, party::device), unix_seconds(record.created_at)});
}

namespace {

/// Where we listen, for clients that do not say whom they called.
std::string own_address(const settings& s, bool secure) {
  auto host = s.server.host.find(':') == std::string::npos ? s.server.host : '[' + s.server.host + ']';
  return host + ':' + std::to_string(secure && s.tls.port ? s.tls.port : s.server.port);
}

} // namespace

std::string websocket_url(const configuration& config, const transport::http_request& request, std::string_view path) {
  auto& public_url = config.settings.server.public_url;
  std::string base;
  if (public_url.starts_with("http")) // http -> ws, https -> wss
    base = "ws" + public_url.substr(4);
  else if (!public_url.empty())
    base = public_url;
  else
    base = (request.secure ? "wss://" : "ws://") +
           (request.host.empty() ? own_address(config.settings, request.secure) : request.host);
  while (base.ends_with('/'))
    base.pop_back();
  return base.append(path);
}

} // namespace mdai
