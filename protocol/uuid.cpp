#include "protocol/uuid.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/crypto.hpp"

namespace mdai {
namespace {

constexpr std::size_t dashes[] = {8, 13, 18, 23};
constexpr std::size_t text_size = 36;

} // namespace

uuid uuid::make() {
  auto made = *from_raw(crypto::random_bytes(sizeof(bytes)));
  made.bytes_[6] = static_cast<std::uint8_t>((made.bytes_[6] & 0x0F) | 0x40); // version 4
  made.bytes_[8] = static_cast<std::uint8_t>((made.bytes_[8] & 0x3F) | 0x80); // its variant
  return made;
}

result<uuid> uuid::parse(std::string_view text) {
  if (text.size() != text_size ||
      !std::all_of(std::begin(dashes), std::end(dashes), [&](auto i) { return text[i] == '-'; }))
    return errc::malformed_hex;
  std::string digits{text};
  std::erase(digits, '-');
  auto raw = crypto::decode_hex(digits);
  return raw ? from_raw(*raw) : raw.error();
}

result<uuid> uuid::from_raw(std::string_view raw) {
  bytes b;
  if (raw.size() != b.size())
    return errc::malformed_hex;
  std::memcpy(b.data(), raw.data(), b.size());
  return uuid{b};
}

std::string uuid::text() const {
  auto out = crypto::hex(raw());
  for (auto at : dashes)
    out.insert(at, 1, '-');
  return out;
}

} // namespace mdai
