#include "protocol/qr.hpp"

#include <nlohmann/json.hpp>

#include "protocol/json_writer.hpp"

namespace mdai {
namespace {

constexpr std::size_t iv_size = 16;

std::string_view view(const crypto::key256& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

std::string to_json(const qr_content& content) {
  return json::object_writer{512}
      .text("session_id", content.session_id.hex())
      .text("token", content.token)
      .number("timestamp", content.timestamp)
      .done();
}

result<qr_content> from_json(std::string_view text) {
  auto object = nlohmann::json::parse(text, nullptr, false);
  if (object.is_discarded())
    return errc::malformed_json;
  if (!object.is_object())
    return errc::not_an_object;
  auto session = object.find("session_id"), token = object.find("token"), timestamp = object.find("timestamp");
  if (session == object.end() || token == object.end() || timestamp == object.end())
    return errc::missing_field;
  if (!session->is_string() || !token->is_string() || !timestamp->is_number_integer())
    return errc::wrong_type;
  auto id = object_id::parse(session->get_ref<const std::string&>());
  if (!id)
    return id.error();
  return qr_content{*id, token->get<std::string>(), timestamp->get<std::int64_t>()};
}

} // namespace

result<std::string> seal_qr(const crypto::key256& key, const qr_content& content) {
  auto iv = crypto::hmac_sha256(view(key), content.session_id.raw()).substr(0, iv_size);
  auto sealed = crypto::seal_cbc(key, iv, to_json(content));
  if (!sealed)
    return sealed.error();
  return crypto::base64(*sealed);
}

result<qr_content> open_qr(const crypto::key256& key, std::string_view sealed) {
  auto bytes = crypto::decode_base64(sealed);
  if (!bytes)
    return bytes.error();
  auto text = crypto::open_cbc(key, *bytes);
  if (!text)
    return text.error();
  return from_json(*text);
}

} // namespace mdai
