#pragma once
#include <string_view>

#include "transport/router.hpp"

namespace mdai {

/// Serves a file of web/ under `route`, with an ETag, and with a policy that lets a page use nothing but this server,
/// its own pictures and, where the person agrees, the camera. `name` must be one of web::files().
void add_web_file(transport::router& routes, std::string_view route, std::string_view name);

/// The page on which a person shows their face, at /face/. `trying`: at /face/try too, with a form that makes a
/// session, for development.
void add_face_page(transport::router& routes, bool trying);

} // namespace mdai
