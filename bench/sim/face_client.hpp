#pragma once
#include <optional>
#include <string>

#include "bench/sim/peer.hpp"
#include "protocol/crypto.hpp"

namespace mdai::sim {

/// Who a business client is, and how it signs in.
struct face_account {
  url broker;
  std::string api_key, secret;
  std::string secret_name = "api_secret"; ///< or "secret_key": it chooses the payload's key
  tls_trust trust;
};

/// What somebody shall do before the camera.
struct face_wish {
  bool enrol = false;
  std::string user_id; ///< empty: 1:N
  unsigned frames = 3, blinks = 1;
  bool liveness = true;
};

struct face_session {
  std::string token, id;
  url socket;
};

/// Signs in and creates the session.
outcome<face_session> open_face_session(reactor& r, const face_account& who, const face_wish& wish, milliseconds limit);

/// A frame as a client sends it.
std::string frame_message(const std::string& picture);

/// What the broker's result says once it is decrypted. Fails when it is not for this account.
outcome<received> open_result(const json& encrypted_data, const face_account& who);

} // namespace mdai::sim
