#include "bench/load/ws_peer.hpp"

namespace mdai::load {

void ws_peer::open(std::unique_ptr<conversation> talk, std::uint32_t source) {
  talk_ = std::move(talk);
  upgraded_ = left_ = false;
  parts_.clear();
  why_.clear();
  stream_.open(site_.at, source);
}

void ws_peer::leave() {
  constexpr std::string_view normal_closure{"\x03\xe8", 2};
  left_ = true;
  append_frame(out(), opcode::close, normal_closure);
  flush();
}

void ws_peer::on_open() {
  out() += make_upgrade(site_.where, talk_->target(), talk_->subprotocol());
  flush();
}

void ws_peer::on_end(const std::string& why) {
  if (why_.empty())
    why_ = !why.empty() ? why : upgraded_ ? "closed without a close frame" : "closed before the upgrade";
  events_.on_end(why_);
}

void ws_peer::on_refused(std::string why) {
  if (why_.empty())
    why_ = std::move(why);
  stream_.finish();
}

std::size_t ws_peer::on_bytes(std::string_view bytes) {
  std::size_t used = upgraded_ ? 0 : take_upgrade(bytes);
  if (!upgraded_)
    return used;
  frame f;
  for (;;) {
    switch (read_frame(bytes.substr(used), f)) {
    case read_status::incomplete:
      return used;
    case read_status::invalid:
      on_refused("broken WebSocket frame");
      return bytes.size();
    case read_status::complete:
      used += f.size;
      take_frame(f);
    }
  }
}

std::size_t ws_peer::take_upgrade(std::string_view bytes) {
  http_response answer;
  const auto status = read_response(bytes, answer);
  if (status == read_status::incomplete)
    return 0;
  if (status == read_status::invalid || !accepts_upgrade(answer)) {
    on_refused("upgrade refused: " + std::string{bytes.substr(0, bytes.find('\r'))});
    return bytes.size();
  }
  upgraded_ = true;
  if (const auto hello = talk_->greeting(); !hello.empty())
    append_frame(out(), talk_->code(), hello);
  if (talk_->ready_at_once())
    events_.on_ready();
  return answer.size;
}

void ws_peer::take_frame(const frame& f) {
  switch (f.code) {
  case opcode::ping:
    return append_frame(out(), opcode::pong, f.payload);
  case opcode::pong:
    return;
  case opcode::close:
    if (why_.empty())
      why_ = "closed with " + std::to_string(close_code(f.payload));
    if (!left_)
      append_frame(out(), opcode::close, f.payload.substr(0, 2));
    return stream_.finish();
  default:
    if (f.final && f.code != opcode::continuation) [[likely]]
      return talk_->take(f.payload, *this);
    return take_part(f);
  }
}

void ws_peer::take_part(const frame& f) {
  parts_ += f.payload;
  if (!f.final)
    return;
  talk_->take(parts_, *this);
  parts_.clear();
}

} // namespace mdai::load
