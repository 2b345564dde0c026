#include "bench/load/payload.hpp"

#include <nlohmann/json.hpp>

namespace mdai::load {
namespace {

constexpr std::size_t digits = 8;
constexpr std::string_view personal_key = "platform_id";

std::string mark(std::uint32_t pair) {
  std::string out = "#00000000.00000000#";
  write_stamp(out.data() + 1, pair);
  return out;
}

} // namespace

std::string make_message(party from, std::uint32_t pair, std::size_t size) {
  const std::string head = from == party::mobile
                               ? R"({"type":"to_device","data":{"command":"left","platform_id":"PLT_0C0FFEE0","mark":")"
                               : R"({"type":"to_mobile","data":{"state":"looking","mark":")";
  std::string out = head + mark(pair) + R"(","pad":")";
  constexpr std::string_view tail = R"("}})";
  out.append(size > out.size() + tail.size() ? size - out.size() - tail.size() : 0, '.');
  return out.append(tail);
}

std::size_t find_stamp(std::string_view bytes) {
  for (auto at = bytes.find('#'); at != bytes.npos; at = bytes.find('#', at + 1)) {
    const auto candidate = bytes.substr(at, 2 * digits + 3);
    if (candidate.size() == 2 * digits + 3 && candidate[digits + 1] == '.' && candidate.back() == '#')
      return at + digits + 2;
  }
  return bytes.npos;
}

void write_stamp(char* at, std::uint32_t number) {
  for (unsigned i = 0; i < digits; ++i, number <<= 4)
    at[i] = "0123456789abcdef"[number >> 28];
}

stamped_frame::stamped_frame(opcode code, std::string_view message) {
  append_frame(bytes_, code, message);
  const auto in_message = find_stamp(message);
  stamp_ = bytes_.size() - message.size() + in_message;
  for (std::size_t i = 0; i < digits; ++i)
    stamp_mask_ += mask_key[(in_message + i) % mask_key.size()];
}

void stamped_frame::append_to(std::string& out, std::uint32_t number) const {
  char* const at = out.append(bytes_).data() + out.size() - bytes_.size() + stamp_;
  write_stamp(at, number);
  for (std::size_t i = 0; i < digits; ++i)
    at[i] = static_cast<char>(at[i] ^ stamp_mask_[i]);
}

arrival_check::arrival_check(party from, std::uint32_t pair, std::size_t size, bool filtered)
    : from_(from)
    , filtered_(filtered)
    , pair_(pair)
    , size_(size) {}

bool arrival_check::take(std::string_view payload) {
  if (expected_.empty() && !learn(payload))
    return false;
  write_stamp(expected_.data() + stamp_, heard_);
  if (payload != expected_)
    return false;
  ++heard_;
  return true;
}

bool arrival_check::learn(std::string_view payload) {
  using json = nlohmann::json;
  auto sent = json::parse(make_message(from_, pair_, size_));
  if (filtered_) {
    sent["data"].erase(std::string{personal_key});
    if (payload.find(personal_key) != payload.npos)
      return false;
  }
  stamp_ = find_stamp(payload);
  const auto arrived = json::parse(payload, nullptr, false);
  if (stamp_ == payload.npos || arrived.is_discarded() || arrived != sent) // a discarded value differs from nothing
    return false;
  expected_ = payload;
  return true;
}

} // namespace mdai::load
