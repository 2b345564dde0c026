#include "protocol/bridge/bridge_messages.hpp"

#include <limits>

#include <nlohmann/json.hpp>

#include "protocol/bridge/disguise.hpp"

namespace mdai::bridge {
namespace {

using object = nlohmann::ordered_json;

std::string dump(const object& o) { return o.dump(-1, ' ', false, object::error_handler_t::replace); }

} // namespace

kind head::kind() const {
  using k = bridge::kind;
  static constexpr std::pair<std::string_view, k> kinds[] = {
      {"to_hardware", k::to_hardware}, {"to_app", k::to_app},        {"pong", k::pong}, {"ping", k::ping},
      {"status", k::status},           {"to_backend", k::to_backend}};
  for (auto& [text, value] : kinds)
    if (json::equals(*type(), text))
      return value;
  return k::unknown;
}

backend_message parse_to_backend(std::string_view data, unsigned max_depth) {
  static constexpr std::string_view names[] = {"platform_id", "image_base64", "image"};
  std::optional<json::value> found[3];
  backend_message m{{}, errc::missing_field};
  if (!json::scan_object(data, names, found, max_depth))
    return m;
  if (found[0])
    m.platform_id = named_by(*found[0]);
  auto image = messages::parse_image(found[1] ? found[1] : found[2]);
  if (!image)
    m.submission = image.error();
  else // hardware counts no passes: that it sends a picture says that it is content with it
    m.submission = messages::submission{std::move(*image), std::numeric_limits<std::int64_t>::max(),
                                        messages::collect_scores(data, max_depth)};
  return m;
}

std::string joined(party who) { return dump({{"type", "joined"}, {"role", role(who)}}); }

std::string peer_status(party who, bool connected) {
  auto text = std::string{who == party::mobile ? "App" : "Hardware"} + (connected ? " connected" : " disconnected");
  return dump({{"type", "status"}, {"role", role(who)}, {"connected", connected}, {"message", text}, {"msg", text}});
}

std::string status(bool hardware, bool app, std::int64_t expires_in) {
  return dump({{"type", "status"}, {"hardware", hardware}, {"app", app}, {"expires_in", expires_in}});
}

std::string error(std::string_view text, int code) {
  return dump({{"type", "error"}, {"error", text}, {"code", code}, {"message", text}});
}

std::string wrapped(std::string_view type, std::string_view data) {
  std::string out;
  out.reserve(type.size() + data.size() + 24);
  return out.append(R"({"type":")").append(type).append(R"(","data":)").append(data).append("}");
}

std::string backend_response(unsigned status_code, std::string_view data, milliseconds latency) {
  std::string out = R"({"type":"backend_response","status_code":)" + std::to_string(status_code) + R"(,"data":)";
  out.append(data.empty() ? std::string_view{"{}"} : data);
  return out + R"(,"latency_ms":)" + std::to_string(latency.count()) + '}';
}

std::string no_answer(std::string_view why, bool pending) {
  object o{{"success", false}, {"error", why}};
  if (pending)
    o["delivery"] = "pending";
  return dump(o);
}

std::string abridged(std::string_view message) {
  static constexpr std::string_view names[] = {"type", "status_code", "latency_ms"};
  std::optional<json::value> found[3];
  if (!json::scan_object(message, names, found, json::deepest) || !found[0])
    return {};
  std::string out = R"({"type":)";
  out.append(found[0]->text);
  if (found[1] && found[2])
    out.append(R"(,"status_code":)")
        .append(found[1]->text)
        .append(R"(,"data":{},"latency_ms":)")
        .append(found[2]->text);
  return out + '}';
}

} // namespace mdai::bridge
