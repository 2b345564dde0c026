#pragma once
#include <string_view>

/// The files of this directory, byte for byte, in the binary.
namespace mdai::web {

/// The page behind /docs/: it draws /api/schema/.
extern const std::string_view docs_html;
/// Parts of the OpenAPI description, each a JSON document: the frame, then what is added to it.
extern const std::string_view api_base, api_sessions, api_devices, api_operations, api_admin, api_face;

} // namespace mdai::web
