#pragma once
#include <string>
#include <string_view>

#include "transport/http.hpp"

/// The description of every REST route, and the page that shows it.
namespace mdai {

/// OpenAPI 3.1, put together from web/api/; the face product is in it when `with_face`.
std::string api_schema(bool with_face);

/// web/docs.html, with a content security policy that lets run what is in it and nothing else.
transport::http_response docs_page();

/// The policy for a page of one file: its own scripts and styles by their digests, calls to its own origin.
std::string page_policy(std::string_view html);

} // namespace mdai
