#include "actors/json_body.hpp"

#include <algorithm>

#include "actors/http_answers.hpp"

namespace mdai {
namespace {

/// application/json, or a type whose name ends like that; parameters do not matter. None at all is taken for JSON.
bool says_json(std::string_view content_type) {
  std::string type{content_type.substr(0, content_type.find(';'))};
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
  return type.empty() || type == "application/json" || type.ends_with("+json");
}

} // namespace

boost::system::result<nlohmann::json, transport::http_response> json_body(const transport::http_request& request) {
  if (!says_json(request.headers.get("Content-Type")))
    return http_error(request, 415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON");
  auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object())
    return http_error(request, 400, "INVALID_JSON", "The body must be a JSON object");
  return {boost::system::in_place_value, std::move(body)};
}

boost::system::result<nlohmann::json, transport::http_response>
optional_json_body(const transport::http_request& request) {
  if (request.body.empty())
    return {boost::system::in_place_value, nlohmann::json::object()};
  return json_body(request);
}

std::optional<std::string> text_member(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    return std::nullopt;
  auto text = found->get<std::string>();
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

std::optional<std::string> name_member(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null() || found->is_string())
    return text_member(object, name);
  return found->dump();
}

boost::system::result<wifi_network, transport::http_response> wifi_of(const transport::http_request& request,
                                                                      const nlohmann::json& body) {
  constexpr std::size_t longest_ssid = 32, longest_password = 128; // IEEE 802.11: 32 bytes; WPA: 64, others take more
  auto ssid = text_member(body, "wifi_ssid");
  auto password = body.find("wifi_password");
  if (!ssid || ssid->size() > longest_ssid)
    return http_error(request, 400, "INVALID_WIFI", "wifi_ssid must be 1 to 32 bytes");
  if (password == body.end() || !password->is_string() ||
      password->get_ref<const std::string&>().size() > longest_password)
    return http_error(request, 400, "INVALID_WIFI", "wifi_password must be a text of up to 128 bytes");
  return wifi_network{std::move(*ssid), password->get<std::string>()};
}

transport::http_response invalid_device_id(const transport::http_request& request) {
  return http_error(request, 400, "INVALID_DEVICE_ID", "device_id must be 1 to 128 printable characters");
}

} // namespace mdai
