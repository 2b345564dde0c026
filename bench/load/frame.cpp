#include "bench/load/frame.hpp"

namespace mdai::load {
namespace {

constexpr std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0)
    out += static_cast<char>(value >> (8 * bytes));
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out = out << 8 | byte_at(bytes, i);
  return out;
}

bool is_known(std::uint8_t code) { return code <= 2 || (code >= 8 && code <= 10); }

} // namespace

void append_frame(std::string& out, opcode code, std::string_view payload) {
  constexpr unsigned masked = 0x80;
  const auto size = payload.size();
  out += static_cast<char>(0x80 | static_cast<unsigned>(code));
  if (size < 126) {
    out += static_cast<char>(masked | size);
  } else {
    const bool small = size <= 0xFFFF;
    out += static_cast<char>(masked | (small ? 126 : 127));
    append_big_endian(out, size, small ? 2 : 8);
  }
  out.append(mask_key.data(), mask_key.size());
  for (std::size_t i = 0; i < size; ++i)
    out += static_cast<char>(payload[i] ^ mask_key[i % 4]);
}

read_status read_frame(std::string_view bytes, frame& out) {
  if (bytes.size() < 2)
    return read_status::incomplete;
  const auto first = byte_at(bytes, 0), second = byte_at(bytes, 1);
  const std::uint8_t code = first & 0x0F;
  const bool control = code >= 8, final = (first & 0x80) != 0;
  if ((first & 0x70) != 0 || second >= 0x80 || !is_known(code) || (control && (!final || second > 125)))
    return read_status::invalid;
  const std::size_t header = second < 126 ? 2 : second == 126 ? 4 : 10;
  if (bytes.size() < header)
    return read_status::incomplete;
  const std::uint64_t size = second < 126 ? second : big_endian(bytes.substr(2, header - 2));
  if (size > bytes.size() - header)
    return size > (std::uint64_t{1} << 32) ? read_status::invalid : read_status::incomplete;
  const auto length = static_cast<std::size_t>(size);
  out = {static_cast<opcode>(code), final, bytes.substr(header, length), header + length};
  return read_status::complete;
}

unsigned close_code(std::string_view payload) {
  return payload.size() < 2 ? 1005u : static_cast<unsigned>(big_endian(payload.substr(0, 2)));
}

} // namespace mdai::load
