#pragma once
#include <string_view>

#include <boost/system/result.hpp>

#include "actors/environment.hpp"
#include "transport/http.hpp"

namespace mdai {

/// Why a REST call of the face product is nobody's.
struct face_stranger {
  std::string_view code; ///< of the error body
  std::string_view text;
};
inline constexpr face_stranger no_credentials{"NOT_AUTHENTICATED", "Authentication credentials were not provided."},
    bad_api_key{"INVALID_API_KEY", "Invalid API key"}, expired_token{"TOKEN_EXPIRED", "JWT token expired"},
    bad_token{"INVALID_TOKEN", "Invalid JWT token"}, bad_client{"INVALID_CLIENT", "Invalid client"};

/// Whom a REST call says it is from. Its tenant still has to be known.
struct face_caller {
  client_credential who;
  face::key_source key_source{}; ///< what its sessions' results are encrypted under
  face_stranger if_unknown;
};

/// Reads `Authorization: JWT|Bearer <access token or API key>` or `X-API-Key`.
boost::system::result<face_caller, face_stranger> judge_caller(const configuration& config,
                                                               const transport::http_request& request, wall_time now);

} // namespace mdai
