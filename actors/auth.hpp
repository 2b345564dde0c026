#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "actors/environment.hpp"
#include "protocol/dialect.hpp"
#include "protocol/messages.hpp"
#include "protocol/party.hpp"
#include "protocol/request_trace.hpp"

namespace mdai {

/// What an upgrade request says about who connects.
struct upgrade_claims {
  party who = party::mobile;
  dialect_id speaks = dialect_id::session;
  std::optional<std::string> query_token;  ///< `?token=`
  std::optional<std::string> header_token; ///< `Authorization: Bearer`
  std::optional<std::string> session_id;   ///< `?session_id=`
  std::optional<std::string> device_id;    ///< `?device_id=`
  request_trace trace;                     ///< of the upgrade, and of all that the connection causes

  /// A kiosk has a name, older hardware has none.
  bool needs_device_id() const { return who == party::device && speaks == dialect_id::session; }
  /// Nothing is missing that an auth message would have to bring. The bridge knows no such message.
  bool complete() const {
    return speaks == dialect_id::bridge || ((query_token || header_token) && (!needs_device_id() || device_id));
  }
};

/// Who a socket is, or why it may not come in.
struct auth_verdict {
  struct problem_t {
    std::string_view text;
    close_code code;
  };
  std::optional<problem_t> problem;
  object_id session_id;
  std::string device_id;
  bool in_last_second = false; ///< of the token's life: the session may be over already
};

/// Judges the upgrade's claims and the auth message together (either may be empty). The message's token wins.
auth_verdict check_auth(const configuration& config, const upgrade_claims& upgrade, const messages::auth& message,
                        wall_time now);

/// Judges an auth message that comes after authentication: it must name the same session and device, and a token that
/// it brings must be good.
std::optional<auth_verdict::problem_t> recheck_auth(const configuration& config, party who, const object_id& session_id,
                                                    const std::string& device_id, const messages::auth& message,
                                                    wall_time now);

} // namespace mdai
