#include "protocol/face/sealed_result.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "protocol/json_writer.hpp"

namespace mdai::face {

std::string plain_result(const outcome_statement& s) {
  nlohmann::ordered_json out{{"id", s.id},
                             {"timestamp", iso8601(s.at)},
                             {"session_type", s.enrolment ? "enrollment" : "authentication"},
                             {"session_token", s.session_token}};
  if (s.confidence)
    out["confidence"] = std::round(static_cast<double>(*s.confidence) * 1e4) / 1e4;
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

result<std::string> sealed_result(std::string_view plain, const crypto::key256& key, std::string_view key_source,
                                  std::string_view iv) {
  auto sealed = crypto::seal_cbc(key, iv, plain);
  if (!sealed)
    return sealed.error();
  return json::object_writer{}
      .text("encrypted_payload", crypto::base64(*sealed))
      .text("algorithm", "AES-256-CBC")
      .text("encryption_method", "AES-256-CBC")
      .text("key_source", key_source)
      .done();
}

result<std::string> sealed_result(const outcome_statement& s, const crypto::key256& key, std::string_view key_source) {
  return sealed_result(plain_result(s), key, key_source, crypto::random_bytes(16));
}

} // namespace mdai::face
