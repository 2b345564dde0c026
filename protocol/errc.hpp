#pragma once
#include <string_view>
#include <type_traits>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

/// Every failure below the actors, one sentence each. No exception crosses a room: functions that can fail
/// answer a `result<T>`.
namespace mdai {

enum class errc {
  // Text and JSON
  malformed_json = 1,
  not_an_object,
  nesting_too_deep,
  invalid_utf8,
  missing_field,
  wrong_type,
  invalid_value,
  // Codecs and secrets
  malformed_base64,
  malformed_hex,
  weak_key,
  malformed_key,
  wrong_key_type,
  key_too_long,
  seal_failed,
  unseal_failed,
  // Tokens
  malformed_token,
  bad_signature,
  bad_claims,
  token_expired,
  // Storage
  corrupt_record,
  unknown_record_version,
  wrong_storage_key,
  journal_in_use,
  journal_unavailable,
  // Network
  connect_failed,
  timed_out,
  connection_lost,
  malformed_response,
  response_too_large,
  bad_certificate,
  // Pictures
  invalid_image,
  image_too_large,
  image_too_small,
  // Load
  overloaded,
  shutting_down,
  not_found,
  session_over,
  device_unknown,
  device_revoked,
  // Tenants
  access_denied,
  tenant_suspended,
  already_exists,
};

const boost::system::error_category& error_category() noexcept;
boost::system::error_code make_error_code(errc code) noexcept;

template <class T>
using result = boost::system::result<T>;

} // namespace mdai

template <>
struct boost::system::is_error_code_enum<mdai::errc> : std::true_type {};
