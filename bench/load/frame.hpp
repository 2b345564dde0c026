#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// WebSocket frames (RFC 6455, section 5.2) as a client writes and reads them. No I/O.
namespace mdai::load {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Every frame is masked with this key: a server has the full work of unmasking, and we none of making keys.
inline constexpr std::array<char, 4> mask_key{'\x5a', '\x17', '\x6e', '\x33'};

/// Appends a final frame of a client.
void append_frame(std::string& out, opcode code, std::string_view payload);

/// A frame of a server where it stands in what was received.
struct frame {
  opcode code = opcode::text;
  bool final = true;
  std::string_view payload;
  std::size_t size = 0; ///< with its header
};

enum class read_status { complete, incomplete, invalid };

/// Reads the frame that `bytes` begin with. Masked frames, reserved bits and broken control frames are invalid.
read_status read_frame(std::string_view bytes, frame& out);

/// The status code of a close frame's payload; 1005 when it has none.
unsigned close_code(std::string_view payload);

} // namespace mdai::load
