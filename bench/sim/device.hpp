#pragma once
#include <string>

#include "bench/sim/peer.hpp"

/// What a kiosk does, for the verb `kiosk` and the whole flow.
namespace mdai::sim {

/// What a kiosk learns from a QR code.
struct scanned_code {
  std::string session_id, token;
};

/// Opens the sealed text under the key of 64 hex digits.
outcome<scanned_code> scan(const std::string& sealed, const std::string& key_hex);

json device_auth(const scanned_code& code, const std::string& device_id);
json progress(int value);
/// `image` are the picture's bytes.
json submit_result(const std::string& image, int passes, double confidence);

/// Where kiosks connect: `broker` itself when it has a path, else its /ws/device.
url device_url(const url& broker);

/// `file` is "@name" for the text in a file, else the text itself.
outcome<std::string> text_or_file(const std::string& file);

} // namespace mdai::sim
