#include "storage/sealer.hpp"

#include "storage/byte_io.hpp"

namespace mdai::storage {
namespace {

constexpr std::size_t id_bytes = sizeof(std::uint32_t);
constexpr std::size_t least_bytes = id_bytes + 12 + 16; // key id, nonce, tag: an empty plain text

std::uint32_t read_id(std::string_view bytes) { return byte_reader{bytes}.integer<std::uint32_t>(); }

/// Names a key without telling anything about it: an independent HKDF output.
std::uint32_t id_of(std::string_view secret) {
  auto name = crypto::derive_key(secret, "mdai storage key id");
  return read_id({reinterpret_cast<const char*>(name.data()), id_bytes});
}

} // namespace

sealer::sealer(std::string_view current_secret, const std::vector<std::string>& previous_secrets)
    : current_(id_of(current_secret)) {
  keys_.emplace(current_, crypto::derive_key(current_secret, "mdai storage key"));
  for (const auto& secret : previous_secrets)
    keys_.emplace(id_of(secret), crypto::derive_key(secret, "mdai storage key"));
}

result<std::string> sealer::seal(std::string_view plain, std::string_view bound_to) const {
  auto body = crypto::seal_gcm(keys_.at(current_), plain, bound_to);
  if (!body)
    return body.error();
  byte_writer out{id_bytes + body->size()};
  out.integer(current_);
  out.raw(*body);
  return out.take();
}

result<std::string> sealer::open(std::string_view sealed, std::string_view bound_to) const {
  if (sealed.size() < least_bytes)
    return errc::corrupt_record;
  auto key = keys_.find(read_id(sealed));
  if (key == keys_.end())
    return errc::wrong_storage_key;
  return crypto::open_gcm(key->second, sealed.substr(id_bytes), bound_to);
}

} // namespace mdai::storage
