#pragma once
#include <string>
#include <string_view>

#include "protocol/crypto.hpp"
#include "protocol/errc.hpp"
#include "protocol/ids.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// What a kiosk reads from a session's QR code.
struct qr_content {
  object_id session_id;
  std::string token;          ///< the device's token
  std::int64_t timestamp = 0; ///< seconds since 1970, the session's creation
};

/// base64(IV16 || AES-256-CBC(JSON)). The IV is HMAC(key, session id): unpredictable without the key, and the same
/// session always has the same QR, so it need not be stored.
result<std::string> seal_qr(const crypto::key256& key, const qr_content& content);
result<qr_content> open_qr(const crypto::key256& key, std::string_view sealed);

/// `text` as a QR picture with a quiet zone of four modules, medium error correction.
result<std::string> qr_svg(std::string_view text);
/// `module_pixels` on each side of a module.
result<std::string> qr_png(std::string_view text, unsigned module_pixels = 6);

} // namespace mdai
