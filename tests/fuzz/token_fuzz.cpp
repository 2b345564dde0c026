#include <cstdint>
#include <cstdlib>

#include "protocol/crypto.hpp"
#include "protocol/face/client_token.hpp"
#include "protocol/qr.hpp"
#include "protocol/token.hpp"

/// Tokens and QR texts from anybody: as they come, and rightly signed or sealed around the input, so that
/// what lies behind the cryptography is reached too. What is accepted must hold what the contract asks for.
namespace {

using namespace mdai;

constexpr auto now = wall_time{seconds{1'000'000}};
const token_keys keys("mdai-broker", "0123456789abcdef0123456789abcdef", {"an older secret"});
const crypto::key256 key = crypto::derive_key("secret", "fuzz");

void check(bool condition) {
  if (!condition)
    std::abort();
}

void verify(std::string_view token) {
  auto claims = keys.verify(token, now);
  check(!claims || (claims->issuer == "mdai-broker" && claims->expires_at >= unix_seconds(now)));
}

void verify_client(std::string_view token) {
  auto claims = face::verify_client_token(keys, token, now);
  check(!claims || (!claims->client_id.empty() && claims->expires_at > unix_seconds(now)));
}

std::string signed_token(std::string_view header, std::string_view claims) {
  auto text = crypto::base64url(header) + '.' + crypto::base64url(claims);
  return text + '.' + crypto::base64url(crypto::hmac_sha256("an older secret", text));
}

void open(std::string_view sealed) {
  auto content = open_qr(key, sealed);
  check(!content || open_qr(key, seal_qr(key, *content).value())->token == content->token);
}

void decode(std::string_view text) {
  auto standard = crypto::decode_base64(text);
  check(crypto::is_base64(text) == (standard.has_value() && !text.empty()));
  auto url = crypto::decode_base64url(text);
  check(!url || crypto::base64url(*url) == text);
  (void)object_id::parse(text);
  (void)is_device_id(text);
  auto id = uuid::parse(text);
  check(!id || *uuid::parse(id->text()) == *id);
  (void)is_traceparent(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  verify(input);
  verify(signed_token(R"({"alg":"HS256"})", input));
  verify(signed_token(input, R"({"session_id":"6922e0540000000000000001","role":"device","exp":2000000})"));
  verify_client(input);
  verify_client(signed_token(R"({"alg":"HS256"})", input));
  open(input);
  open(crypto::base64(crypto::seal_cbc(key, std::string(16, 'i'), input).value()));
  decode(input);
  return 0;
}
