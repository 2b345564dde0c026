#include "actors/api_docs.hpp"

#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/crypto.hpp"
#include "web/files.hpp"

namespace mdai {
namespace {

using json_object = nlohmann::ordered_json;

/// Adds what a part has: members of objects by name, items of lists behind those that are there.
void add_part(json_object& whole, const json_object& part) {
  for (auto& [name, value] : part.items()) {
    auto& mine = whole[name];
    if (value.is_object() && mine.is_object())
      add_part(mine, value);
    else if (value.is_array() && mine.is_array())
      mine.insert(mine.end(), value.begin(), value.end());
    else
      mine = value;
  }
}

/// " 'sha256-…'" for each element of that name.
std::string digests_of(std::string_view html, std::string_view element) {
  std::string out;
  auto open = '<' + std::string{element} + '>', close = "</" + std::string{element} + '>';
  for (auto at = html.find(open); at != html.npos; at = html.find(open, at)) {
    at += open.size();
    auto text = html.substr(at, html.find(close, at) - at);
    out += " 'sha256-" + crypto::base64(crypto::sha256(text)) + '\'';
  }
  return out;
}

} // namespace

std::string api_schema(bool with_face) {
  auto whole = json_object::parse(web::contents("api/base.json"));
  std::vector parts{web::contents("api/sessions.json"), web::contents("api/devices.json"),
                    web::contents("api/operations.json"), web::contents("api/admin.json")};
  if (with_face)
    parts.insert(parts.begin() + 1, web::contents("api/face.json"));
  for (auto part : parts)
    add_part(whole, json_object::parse(part));
  whole["info"]["version"] = MDAI_VERSION;
  return whole.dump();
}

std::string page_policy(std::string_view html) {
  return "default-src 'none'; script-src" + digests_of(html, "script") + "; style-src" + digests_of(html, "style") +
         "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

transport::http_response docs_page() {
  transport::http_response page;
  page.content_type = "text/html; charset=utf-8";
  page.body = web::contents("docs.html");
  page.headers.set("Content-Security-Policy", page_policy(web::contents("docs.html")));
  page.headers.set("Referrer-Policy", "no-referrer");
  page.headers.set("Cache-Control", "no-cache");
  return page;
}

} // namespace mdai
