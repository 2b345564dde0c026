#pragma once
#include <string>
#include <string_view>

#include "actors/environment.hpp"
#include "protocol/party.hpp"
#include "protocol/session_record.hpp"
#include "transport/http.hpp"

/// What a client is given of a session. Tokens and QR are functions of the record and the keys, so they are not stored
/// and the same session always has the same ones.
namespace mdai {

/// The role in the bridge's token, which app and hardware share.
inline constexpr std::string_view bridge_role = "bridge";

std::string session_token(const configuration& config, const session_record& record, party role);
/// The one token of a bridge session. The pair is its `jti`.
std::string bridge_token(const configuration& config, const session_record& record);
result<std::string> session_qr(const configuration& config, const session_record& record);
/// "wss://host/path" as the client reached us: `server.public_url` when set, else the request's host.
std::string websocket_url(const configuration& config, const transport::http_request& request, std::string_view path);

} // namespace mdai
