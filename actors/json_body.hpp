#pragma once
#include <optional>
#include <string>

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include "transport/http.hpp"

/// What handlers read from a request's body.
namespace mdai {

/// The JSON object that a body holds, or the answer that refuses it: 415 when it says that it is something else, 400
/// when it is none.
boost::system::result<nlohmann::json, transport::http_response> json_body(const transport::http_request& request);

/// The same; no body at all is an object without members.
boost::system::result<nlohmann::json, transport::http_response>
optional_json_body(const transport::http_request& request);

/// A member that is a text; nothing when it is absent, empty or something else, or `object` is none.
std::optional<std::string> text_member(const nlohmann::json& object, const char* name);

/// A member that names something: a text as it is, another value as it is written, which names nothing that is there;
/// nothing when it is absent, null or an empty text.
std::optional<std::string> name_member(const nlohmann::json& object, const char* name);

/// A network that a device is to join.
struct wifi_network {
  std::string ssid, password;
};
/// `wifi_ssid` and `wifi_password` (of an open network: an empty text), or the answer that refuses them.
boost::system::result<wifi_network, transport::http_response> wifi_of(const transport::http_request& request,
                                                                      const nlohmann::json& body);

/// The answer to a `device_id` that is missing or none.
transport::http_response invalid_device_id(const transport::http_request& request);

} // namespace mdai
