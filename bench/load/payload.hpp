#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/frame.hpp"
#include "protocol/party.hpp"

/// The messages that pairs exchange. All messages of one side are the same bytes but for the stamp in their mark,
/// `#<pair>.<number>#` in hex: so they are made once, and a lost, doubled, swapped or misdirected one is noticed.
namespace mdai::load {

/// Room for everything but padding.
inline constexpr std::size_t smallest_message = 140;

/// A message of exactly `size` bytes, number 0. A phone's carries a platform_id.
std::string make_message(party from, std::uint32_t pair, std::size_t size);

/// Where the number's eight hex digits stand in `bytes`; npos without a mark.
std::size_t find_stamp(std::string_view bytes);
/// Writes `number` as eight hex digits.
void write_stamp(char* at, std::uint32_t number);

/// A message as a WebSocket frame, ready but for its number.
class stamped_frame {
public:
  /// `message` is what the frame carries, with a mark in it.
  stamped_frame(opcode code, std::string_view message);
  void append_to(std::string& out, std::uint32_t number) const;

private:
  std::string bytes_;
  std::size_t stamp_;      ///< in bytes_
  std::string stamp_mask_; ///< the key as it falls on the stamp
};

/// Whether what arrives is what was said. The first message is compared by its meaning (a server may write its JSON
/// anew), and all others with the first one's bytes.
class arrival_check {
public:
  /// `filtered`: the platform_id must not arrive.
  arrival_check(party from, std::uint32_t pair, std::size_t size, bool filtered);
  /// False when it is not the next message as it should be.
  bool take(std::string_view payload);
  /// How many were right.
  std::uint32_t heard() const { return heard_; }

private:
  bool learn(std::string_view payload);

  party from_;
  bool filtered_;
  std::uint32_t pair_, heard_ = 0;
  std::size_t size_, stamp_ = 0;
  std::string expected_;
};

} // namespace mdai::load
