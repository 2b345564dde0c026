#include "protocol/errc.hpp"

namespace mdai {
namespace {

const char* sentence(errc code) {
  switch (code) {
  case errc::malformed_json:
    return "the text is not valid JSON";
  case errc::not_an_object:
    return "the JSON text is not an object";
  case errc::nesting_too_deep:
    return "the JSON text nests too deep";
  case errc::invalid_utf8:
    return "the text is not valid UTF-8";
  case errc::missing_field:
    return "a required field is missing";
  case errc::wrong_type:
    return "a field has the wrong type";
  case errc::invalid_value:
    return "a field has an invalid value";
  case errc::malformed_base64:
    return "the text is not padded base64";
  case errc::malformed_hex:
    return "the text is not hexadecimal";
  case errc::weak_key:
    return "the key is too short";
  case errc::malformed_key:
    return "the text is not a PEM public key";
  case errc::wrong_key_type:
    return "the key is not an RSA key";
  case errc::key_too_long:
    return "the key is too long";
  case errc::seal_failed:
    return "encryption failed";
  case errc::unseal_failed:
    return "decryption failed";
  case errc::malformed_token:
    return "the token is malformed";
  case errc::bad_signature:
    return "the token's signature is wrong";
  case errc::bad_claims:
    return "the token's claims are wrong";
  case errc::token_expired:
    return "the token has expired";
  case errc::corrupt_record:
    return "a stored record is corrupt";
  case errc::unknown_record_version:
    return "a stored record is of a version this broker does not know";
  case errc::wrong_storage_key:
    return "the records are sealed under another storage key";
  case errc::journal_in_use:
    return "the journal's directory is in use by another process";
  case errc::journal_unavailable:
    return "the journal cannot be written";
  case errc::connect_failed:
    return "the connection could not be made";
  case errc::timed_out:
    return "no answer in time";
  case errc::connection_lost:
    return "the connection was lost";
  case errc::malformed_response:
    return "the response is not valid HTTP";
  case errc::response_too_large:
    return "the response is too large";
  case errc::bad_certificate:
    return "the certificate or its key cannot be used";
  case errc::invalid_image:
    return "the image is not a whole JPEG or PNG picture";
  case errc::image_too_large:
    return "the image has too many pixels";
  case errc::image_too_small:
    return "the image has too few pixels";
  case errc::overloaded:
    return "too much is waiting already";
  case errc::shutting_down:
    return "the broker is shutting down";
  case errc::not_found:
    return "not found";
  case errc::session_over:
    return "the session is over";
  case errc::device_unknown:
    return "the device is not registered";
  case errc::device_revoked:
    return "the device is revoked";
  case errc::access_denied:
    return "the credentials are wrong";
  case errc::tenant_suspended:
    return "the tenant is suspended";
  case errc::already_exists:
    return "it is there already";
  }
  return "unknown error";
}

class category final : public boost::system::error_category {
public:
  const char* name() const noexcept override { return "mdai"; }
  std::string message(int value) const override { return sentence(static_cast<errc>(value)); }
};

} // namespace

const boost::system::error_category& error_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), error_category()}; }

} // namespace mdai
