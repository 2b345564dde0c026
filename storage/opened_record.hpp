#pragma once
#include <cstdint>
#include <string_view>

#include "protocol/errc.hpp"
#include "storage/byte_io.hpp"

namespace mdai::storage {

/// A record behind its version byte. Internal to the room.
struct opened_record {
  byte_reader in;
  std::uint8_t version;
};

/// Errors: corrupt_record (empty), unknown_record_version.
inline result<opened_record> open_record(std::string_view bytes, std::uint8_t newest) {
  if (bytes.empty())
    return errc::corrupt_record;
  byte_reader in{bytes};
  auto version = in.integer<std::uint8_t>();
  if (version == 0 || version > newest)
    return errc::unknown_record_version;
  return opened_record{in, version};
}

} // namespace mdai::storage
