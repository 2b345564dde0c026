#include "actors/web_routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include "protocol/crypto.hpp"
#include "web/files.hpp"

namespace mdai {
namespace {

// A page runs its own scripts, talks to its own server, and is in nobody's frame.
constexpr auto content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> types[]{{".html", "text/html; charset=utf-8"},
                                                                  {".js", "text/javascript; charset=utf-8"},
                                                                  {".css", "text/css; charset=utf-8"}};
  for (auto [ending, type] : types)
    if (name.ends_with(ending))
      return type;
  return "application/octet-stream";
}

transport::http_response answer_of(std::string_view name, std::string_view bytes) {
  transport::http_response out;
  out.content_type = type_of(name);
  out.body = bytes;
  out.headers.set("ETag", '"' + crypto::hex(crypto::sha256(bytes)).substr(0, 32) + '"');
  out.headers.set("Cache-Control", "no-cache"); // keep it, and ask whether it is still the same
  out.headers.set("Content-Security-Policy", content_policy);
  out.headers.set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()");
  out.headers.set("Referrer-Policy", "no-referrer");
  return out;
}

} // namespace

void add_web_file(transport::router& routes, std::string_view route, std::string_view name) {
  routes.add("GET", route,
             [whole = std::make_shared<const transport::http_response>(answer_of(name, web::contents(name)))](
                 transport::http_request request, transport::http_responder respond) {
               auto answer = *whole;
               if (request.headers.get("If-None-Match") == answer.headers.get("ETag")) {
                 answer.status = 304;
                 answer.body.clear();
               }
               respond(std::move(answer));
             });
}

void add_face_page(transport::router& routes, bool trying) {
  constexpr std::string_view page = "face/face.html";
  for (auto route : {"/face", "/face/"})
    add_web_file(routes, route, page);
  if (trying)
    for (auto route : {"/face/try", "/face/try/"})
      add_web_file(routes, route, page);
  for (auto& f : web::files())
    if (f.name.starts_with("face/") && f.name != page)
      add_web_file(routes, '/' + std::string{f.name}, f.name);
}

} // namespace mdai
