#include "bench/sim/device.hpp"

#include "bench/sim/sample_image.hpp"
#include "protocol/crypto.hpp"
#include "protocol/qr.hpp"

namespace mdai::sim {

outcome<scanned_code> scan(const std::string& sealed, const std::string& key_hex) {
  const auto key = crypto::key_from_hex(key_hex);
  if (!key)
    return failed("--qr-key must be 64 hex digits");
  const auto content = open_qr(*key, sealed);
  if (!content)
    return failed("the QR code does not open under --qr-key: " + content.error().message());
  return scanned_code{content->session_id.hex(), content->token};
}

json device_auth(const scanned_code& code, const std::string& device_id) {
  return {{"type", "auth"}, {"bearer_token", code.token}, {"session_id", code.session_id}, {"device_id", device_id}};
}

json progress(int value) { return {{"type", "progress"}, {"value", value}}; }

json submit_result(const std::string& image, int passes, double confidence) {
  return {{"type", "submit_result"},
          {"image", crypto::base64(image)},
          {"consecutive_passes", passes},
          {"confidence", confidence},
          {"liveness_score", 0.92}};
}

url device_url(const url& broker) {
  return broker.path.empty() || broker.path == "/" ? broker.at("/ws/device") : broker;
}

outcome<std::string> text_or_file(const std::string& file) {
  if (file.starts_with('@'))
    return load_text(file.substr(1));
  return file;
}

} // namespace mdai::sim
