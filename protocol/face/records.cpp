#include "protocol/face/records.hpp"

#include <algorithm>
#include <array>

namespace mdai::face {
namespace {

constexpr std::array<std::string_view, 2> tenant_statuses{"active", "suspended"};
constexpr std::array<std::string_view, 2> key_sources{"secret_key", "api_key"};
constexpr std::array<std::string_view, 3> kinds{"enrollment", "verification", "identification"};
constexpr std::array<std::string_view, 3> types{"webcam", "mobile", "api"};
constexpr std::array<std::string_view, 8> statuses{"pending",   "active", "processing", "disconnected",
                                                   "completed", "failed", "expired",    "cancelled"};

template <class Enum, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

template <class Enum, std::size_t N>
std::optional<Enum> meaning(const std::array<std::string_view, N>& words, std::string_view text) {
  auto found = std::find(words.begin(), words.end(), text);
  return found == words.end() ? std::nullopt : std::optional{static_cast<Enum>(found - words.begin())};
}

std::string secret_after(std::string_view prefix) {
  return std::string{prefix} + crypto::base64url(crypto::random_bytes(32));
}

} // namespace

std::string_view name(tenant_status s) { return word(tenant_statuses, s); }
std::string_view name(key_source k) { return word(key_sources, k); }
std::string_view name(session_kind k) { return word(kinds, k); }
std::string_view name(session_status s) { return word(statuses, s); }
std::string_view name(session_type t) { return word(types, t); }

std::optional<key_source> parse_key_source(std::string_view text) { return meaning<key_source>(key_sources, text); }
std::optional<session_type> parse_session_type(std::string_view text) { return meaning<session_type>(types, text); }

std::string_view enrollment_status(const session_record& r) {
  if (r.kind != session_kind::enrollment)
    return {};
  bool under_way = r.status == session_status::processing || r.status == session_status::disconnected;
  return under_way ? "in_progress" : name(r.status);
}

std::string make_session_token() { return secret_after("sess_"); }
std::string make_api_key() { return secret_after("frapi_"); }

} // namespace mdai::face
