#include "bench/sim/face_client.hpp"

#include <algorithm>

#include "bench/sim/http_client.hpp"

namespace mdai::sim {
namespace {

outcome<received> post(reactor& r, const face_account& who, const std::string& path, const json& body,
                       const std::string& token, unsigned status, milliseconds limit) {
  http_call call{"POST", who.broker.at(path), {{"Content-Type", "application/json"}}, to_text(body)};
  if (!token.empty())
    call.headers["Authorization"] = "JWT " + token;
  auto got = fetch(r, call, who.trust, limit);
  if (!got)
    return got.error();
  auto answer = json::parse(got->body, nullptr, false);
  if (got->status != status || !answer.is_object())
    return failed(path + " answered " + std::to_string(got->status) + " " + text_of(answer, "error"));
  return received{std::move(got->body), std::move(answer)};
}

} // namespace

outcome<face_session> open_face_session(reactor& r, const face_account& who, const face_wish& wish,
                                        milliseconds limit) {
  auto signed_in =
      post(r, who, "/api/core/auth/client/", {{"api_key", who.api_key}, {who.secret_name, who.secret}}, {}, 200, limit);
  if (!signed_in)
    return signed_in.error();
  json order{{"session_type", "webcam"},
             {"metadata",
              {{"target_samples", wish.frames},
               {"min_frames_required", wish.frames},
               {"required_blinks", wish.blinks},
               {"device_info", "mdai-sim camera"}}}};
  if (!wish.user_id.empty())
    order["user_id"] = wish.user_id;
  if (!wish.enrol)
    order["require_liveness"] = wish.liveness;
  auto made = post(r, who, wish.enrol ? "/api/auth/enrollment/" : "/api/auth/authentication/", order,
                   text_of(signed_in->body, "token"), 201, limit);
  if (!made)
    return made.error();
  auto socket = url::parse(text_of(made->body, "websocket_url"));
  if (!socket)
    return socket.error();
  return face_session{text_of(made->body, "session_token"), text_of(made->body, "session_id"), *socket};
}

std::string frame_message(const std::string& picture) {
  return R"({"type":"frame","image":"data:image/jpeg;base64,)" + crypto::base64(picture) + "\"}";
}

outcome<received> open_result(const json& encrypted_data, const face_account& who) {
  bool by_secret = text_of(encrypted_data, "key_source") == "secret_key";
  auto digest = crypto::sha256(by_secret ? who.secret : who.api_key);
  crypto::key256 key;
  std::copy(digest.begin(), digest.end(), key.begin());
  auto sealed = crypto::decode_base64(text_of(encrypted_data, "encrypted_payload"));
  auto plain = sealed ? crypto::open_cbc(key, *sealed) : sealed;
  auto says = plain ? json::parse(*plain, nullptr, false) : json{};
  if (!says.is_object())
    return failed("the result does not open under this account's key");
  return received{std::move(*plain), std::move(says)};
}

} // namespace mdai::sim
