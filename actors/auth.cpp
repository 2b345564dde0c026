#include "actors/auth.hpp"

#include "actors/session_tokens.hpp"

namespace mdai {
namespace {

auth_verdict refuse(std::string_view text, close_code code) {
  auth_verdict v;
  v.problem = {text, code};
  return v;
}

/// `a` and `b` name the same thing or at least one names nothing.
bool agree(const std::optional<std::string>& a, const std::optional<std::string>& b) { return !a || !b || *a == *b; }

bool names_session(const std::optional<std::string>& named, const object_id& id) {
  if (!named)
    return true;
  auto parsed = object_id::parse(*named);
  return parsed && *parsed == id;
}

const std::optional<std::string>& first_of(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a ? a : b;
}

/// Whether a token of that role opens this path. The bridge's one token is for both of its sides and for nobody else.
bool may_act(const configuration& config, std::string_view role, const upgrade_claims& upgrade) {
  if (upgrade.speaks == dialect_id::bridge || role == bridge_role)
    return upgrade.speaks == dialect_id::bridge && role == bridge_role;
  return !config.settings.auth.role_bound_tokens || role == name(upgrade.who);
}

} // namespace

auth_verdict check_auth(const configuration& config, const upgrade_claims& upgrade, const messages::auth& message,
                        wall_time now) {
  auto invalid = refuse(messages::invalid_token, close_code::unauthorized);
  auto& token = first_of(message.bearer_token, first_of(upgrade.query_token, upgrade.header_token));
  auto& device_id = first_of(message.device_id, upgrade.device_id);
  bool is_device = upgrade.needs_device_id();
  if (!token || (is_device && (!device_id || !is_device_id(*device_id))))
    return refuse(messages::missing_token_or_device, close_code::unauthorized);
  auto claims = config.tokens.verify(*token, now);
  if (!claims)
    return invalid;
  if (!names_session(message.session_id, claims->session_id) || !names_session(upgrade.session_id, claims->session_id))
    return invalid;
  if (is_device && !agree(message.device_id, upgrade.device_id))
    return invalid;
  if (!may_act(config, claims->role, upgrade))
    return refuse(messages::wrong_role, close_code::forbidden);
  auth_verdict v;
  v.session_id = claims->session_id;
  if (is_device)
    v.device_id = *device_id;
  v.in_last_second = unix_seconds(now) + 1 >= claims->expires_at;
  return v;
}

std::optional<auth_verdict::problem_t> recheck_auth(const configuration& config, party who, const object_id& session_id,
                                                    const std::string& device_id, const messages::auth& message,
                                                    wall_time now) {
  upgrade_claims known;
  known.who = who;
  known.session_id = session_id.hex();
  if (who == party::device)
    known.device_id = device_id;
  if (!names_session(message.session_id, session_id) ||
      (who == party::device && !agree(message.device_id, known.device_id)))
    return auth_verdict::problem_t{messages::invalid_token, close_code::unauthorized};
  // Without a token of its own the message rests on the one that opened the connection.
  return message.bearer_token ? check_auth(config, known, message, now).problem : std::nullopt;
}

} // namespace mdai
