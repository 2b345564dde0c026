#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace mdai::transport::detail {

/// The head of a WebSocket frame as far as it says where the frame ends (RFC 6455 section 5.2). Whether it is a good
/// one is Beast's business.
struct frame_head {
  std::uint8_t first = 0; ///< FIN, reserved bits and opcode
  bool masked = false;
  std::size_t head_bytes = 0, payload_bytes = 0;
  bool minimal = true; ///< the length is written as shortly as it can be, as it must be

  /// A text or binary message in one frame, without extensions.
  bool is_whole_message() const { return masked && minimal && (first == 0x81 || first == 0x82); }

  /// Nothing when the head itself is not complete.
  static std::optional<frame_head> read(std::string_view input) {
    if (input.size() < 2)
      return std::nullopt;
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
    frame_head head{byte(0), (byte(1) & 0x80) != 0, 2, byte(1) & 0x7fu};
    const std::size_t length_bytes = head.payload_bytes == 126 ? 2 : head.payload_bytes == 127 ? 8 : 0;
    head.head_bytes += length_bytes + (head.masked ? 4 : 0);
    if (input.size() < head.head_bytes)
      return std::nullopt;
    if (length_bytes == 0)
      return head;
    std::uint64_t length = 0;
    for (std::size_t i = 2; i < 2 + length_bytes; ++i)
      length = length << 8 | byte(i);
    head.minimal = length > (length_bytes == 2 ? 125u : 65'535u);
    head.payload_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(length, longest));
    return head;
  }

  static constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
};

/// Tells how many bytes of the input belong to the frame that is being read, so that its reader gets none of the next
/// one.
class frame_gate {
public:
  /// 0: wait for more.
  std::size_t admitted(std::string_view input) {
    if (left_ == 0) {
      const auto head = frame_head::read(input);
      if (!head)
        return 0;
      // A control frame goes through whole; one that breaks the rules (RFC 6455 section 5.5) as soon as that is seen.
      const auto all = head->head_bytes + head->payload_bytes;
      const bool whole_only = head->masked && head->first >= 0x88 && head->first <= 0x8a && head->payload_bytes < 126;
      if (input.size() < (whole_only ? all : head->head_bytes))
        return 0;
      left_ = all;
    }
    return std::min(input.size(), left_);
  }
  void passed(std::size_t bytes) { left_ -= bytes; }

private:
  std::size_t left_ = 0; ///< of the current frame
};

} // namespace mdai::transport::detail
