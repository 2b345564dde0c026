#pragma once
#include <string>

#include "transport/http_client.hpp"

/// The first part of an HTTP/1.1 message on the wire, empty line included. Fields that the framing owns
/// (Content-Length, Connection, Transfer-Encoding, Date) and fields that could break out of their line are
/// left out of what callers give.
namespace mdai::transport::detail {

/// For a response whose body follows as it is; `connection` is that field's value, none when empty.
std::string response_head(const http_response& response, std::string_view connection);
std::string request_head(const client_request& request);

/// Whether a response of this status ends with its head (RFC 7230 section 3.3.3).
bool is_bodyless(unsigned status);

} // namespace mdai::transport::detail
