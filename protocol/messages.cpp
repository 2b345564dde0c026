#include "protocol/messages.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "protocol/crypto.hpp"
#include "protocol/json_scanner.hpp"

namespace mdai::messages {
namespace {

using object = nlohmann::ordered_json;

std::string dump(const object& o) { return o.dump(-1, ' ', false, object::error_handler_t::replace); }

/// `text` with the bytes of `part` (a view into it) replaced.
std::string splice(std::string_view text, std::string_view part, std::string_view replacement) {
  auto at = static_cast<std::size_t>(part.data() - text.data());
  std::string out;
  out.reserve(text.size() + replacement.size());
  return out.append(text.substr(0, at)).append(replacement).append(text.substr(at + part.size()));
}

std::optional<std::string> text_of(const std::optional<json::value>& v) {
  if (!v || v->kind != json::kind::string)
    return std::nullopt;
  auto text = json::decode(*v);
  if (text.empty())
    return std::nullopt;
  return text;
}

std::string_view without_data_url(std::string_view image) {
  constexpr std::string_view scheme = "data:", coding = ";base64";
  auto alike = [](char a, char b) { return (a | 0x20) == (b | 0x20); }; // letters, and what is compared with them
  auto is = [&](std::string_view text, std::string_view name) {
    return std::equal(text.begin(), text.end(), name.begin(), name.end(), alike);
  };
  if (!is(image.substr(0, scheme.size()), scheme))
    return image;
  auto comma = image.find(',');
  if (comma == image.npos || comma < scheme.size() + coding.size())
    return {};
  return is(image.substr(comma - coding.size(), coding.size()), coding) ? image.substr(comma + 1) : std::string_view{};
}

struct number_members {
  std::string out = "{";
  std::string_view last_key;

  void key(std::string_view text, unsigned depth) {
    if (depth == 1)
      last_key = text;
  }
  void scalar(json::kind kind, std::string_view text, unsigned depth) {
    if (depth != 1 || kind != json::kind::number)
      return;
    out.append(out.size() > 1 ? "," : "").append(last_key).append(":").append(text);
  }
  void open(json::kind, const char*, unsigned) {}
  void close(json::kind, const char*, unsigned) {}
};

} // namespace

result<auth> parse_auth(std::string_view text, unsigned max_depth) {
  static constexpr std::array<std::string_view, 4> names = {"type", "bearer_token", "session_id", "device_id"};
  std::array<std::optional<json::value>, names.size()> found;
  if (auto scanned = json::scan_object(text, names, found, max_depth); !scanned)
    return scanned.error();
  if (!found[0] || found[0]->kind != json::kind::string || !json::equals(*found[0], "auth"))
    return errc::wrong_type;
  return auth{text_of(found[1]), text_of(found[2]), text_of(found[3])};
}

result<std::string> parse_challenge_response(std::string_view text, unsigned max_depth) {
  static constexpr std::array<std::string_view, 2> names = {"type", "response"};
  std::array<std::optional<json::value>, names.size()> found;
  if (auto scanned = json::scan_object(text, names, found, max_depth); !scanned)
    return scanned.error();
  if (!found[0] || found[0]->kind != json::kind::string || !json::equals(*found[0], "challenge_response"))
    return errc::wrong_type;
  auto bytes = crypto::decode_base64(text_of(found[1]).value_or(std::string{}));
  return bytes ? std::move(*bytes) : std::string{};
}

kind head::kind() const {
  using k = messages::kind;
  static constexpr std::pair<std::string_view, k> kinds[] = {
      {"to_device", k::to_device}, {"to_mobile", k::to_mobile},         {"progress", k::progress}, {"ping", k::ping},
      {"pong", k::pong},           {"submit_result", k::submit_result}, {"auth", k::auth}};
  for (auto& [text, value] : kinds)
    if (json::equals(*type(), text))
      return value;
  return k::unknown;
}

std::string collect_scores(std::string_view text, unsigned max_depth) {
  number_members numbers;
  if (!json::scanner{text, max_depth, numbers}.run())
    return {};
  return std::move(numbers.out) + '}';
}

result<std::string> image_text(const std::optional<json::value>& image) {
  auto text = text_of(image);
  if (!text)
    return errc::missing_field;
  text->erase(0, text->size() - without_data_url(*text).size());
  if (text->empty())
    return errc::malformed_base64;
  return std::move(*text);
}

result<std::string> parse_image(const std::optional<json::value>& image) {
  auto base64 = image_text(image);
  if (base64 && !crypto::is_base64(*base64))
    return errc::malformed_base64;
  return base64;
}

result<submission> parse_submission(std::string_view text, const head& found, unsigned max_depth) {
  if (!found.image() || !found.passes())
    return errc::missing_field;
  auto passes = json::nearest_integer(*found.passes());
  if (!passes)
    return errc::wrong_type;
  auto image = parse_image(found.image());
  if (!image)
    return image.error();
  return submission{std::move(*image), *passes, collect_scores(text, max_depth)};
}

std::optional<std::string> clamp_progress(std::string_view text, const head& found) {
  if (!found.value() || found.value()->kind != json::kind::number)
    return std::nullopt;
  auto value = json::real(*found.value());
  if (value < 0)
    return splice(text, found.value()->text, "0");
  if (value > 100)
    return splice(text, found.value()->text, "100");
  return std::string{text};
}

std::string pong_of(std::string_view ping, const json::value& type) { return splice(ping, type.text, R"("pong")"); }

std::string auth_success(const object_id& session, party to, std::string_view device_id, std::int64_t expires_in) {
  object o{{"type", "auth_success"}, {"session_id", session.hex()}, {"message", "Connected successfully"}};
  if (to == party::device)
    o["device_id"] = device_id;
  o["expires_in"] = expires_in;
  return dump(o);
}

std::string auth_failed(std::string_view text) { return dump({{"type", "auth_failed"}, {"error", text}}); }

std::string error(std::string_view text, int code) {
  return dump({{"type", "error"}, {"error", text}, {"code", code}});
}

std::string peer_connected(party to, std::string_view device_id) {
  if (to == party::device)
    return dump({{"type", "mobile_connected"}, {"message", "Mobile app connected"}});
  return dump({{"type", "device_connected"}, {"device_id", device_id}, {"message", "Device connected and ready"}});
}

std::string peer_disconnected(party to) {
  if (to == party::device)
    return dump({{"type", "mobile_disconnected"}, {"message", "Mobile app disconnected"}});
  return dump({{"type", "device_disconnected"}, {"message", "Device disconnected"}});
}

std::string session_expired() { return dump({{"type", "session_expired"}, {"message", "Session expired"}}); }

std::string session_ended() { return dump({{"type", "session_expired"}, {"message", ended_by_operator}}); }

std::string identity_challenge(std::string_view sealed) {
  return dump({{"type", "challenge"}, {"challenge", crypto::base64(sealed)}});
}

std::string insufficient_passes(std::string_view platform_id) {
  return dump({{"type", "verification_result"},
               {"status", "failed"},
               {"reason", "Insufficient liveness frames"},
               {"final", false},
               {"platform_id", platform_id}});
}

std::string delivery_pending(std::string_view platform_id) {
  return dump({{"type", "verification_result"},
               {"status", "error"},
               {"error", "Backend unavailable"},
               {"delivery", "pending"},
               {"final", false},
               {"platform_id", platform_id}});
}

std::string verification_result(const outcome& o, std::string_view platform_id) {
  std::string out = R"({"type":"verification_result","status":)";
  out += o.success ? R"("success","message":"Verification successful")" : R"("failed","reason":)";
  if (!o.success)
    json::append_quoted(out, o.reason);
  // The backend's object passes as the bytes it was: large integers and unusual escapes survive.
  if (!o.data.empty())
    out.append(R"(,"data":)").append(o.data);
  out += R"(,"final":true,"platform_id":)";
  json::append_quoted(out, platform_id);
  return out += '}';
}

std::string short_result(std::string_view final_result) {
  static constexpr std::array<std::string_view, 2> names = {"status", "platform_id"};
  std::array<std::optional<json::value>, names.size()> found;
  if (auto scanned = json::scan_object(final_result, names, found, json::deepest); !scanned)
    return error("Message withheld", 500);
  std::string out = R"({"type":"result")";
  for (std::size_t i = 0; i < names.size(); ++i)
    if (found[i])
      out.append(",\"").append(names[i]).append("\":").append(found[i]->text);
  return out += '}';
}

} // namespace mdai::messages
