#pragma once
#include <memory>
#include <string>

#include "bench/load/conversation.hpp"
#include "bench/load/http.hpp"
#include "bench/load/site.hpp"

namespace mdai::load {

/// What happens to a peer.
class ws_peer_events {
public:
  virtual void on_ready() = 0;
  virtual void on_arrival(std::string_view payload) = 0;
  /// The connection is gone. `why` says the close code, or what went wrong; may open anew after the turn.
  virtual void on_end(const std::string& why) = 0;

protected:
  ~ws_peer_events() = default;
};

/// A WebSocket client in one of the dialects.
class ws_peer final : stream_events, conversation_events {
public:
  ws_peer(loop& on, const site& server, ws_peer_events& events)
      : site_(server)
      , events_(events)
      , stream_(on, *this) {}

  /// Connects and goes as far as on_ready.
  void open(std::unique_ptr<conversation> talk, std::uint32_t source);
  /// Closes in good order: the server's close frame or its end of the stream lead to on_end.
  void leave();
  /// Drops the connection; no on_end.
  void close() { stream_.close(); }

  /// Frames to send. What is put here while something arrives is sent when all that arrived has been seen.
  std::string& out() { return stream_.out(); }
  void flush() { stream_.flush(); }

private:
  void on_open() override;
  std::size_t on_bytes(std::string_view bytes) override;
  void on_end(const std::string& why) override;
  void on_ready() override { events_.on_ready(); }
  void on_arrival(std::string_view payload) override { events_.on_arrival(payload); }
  void on_answer(std::string_view message) override { append_frame(out(), talk_->code(), message); }
  void on_refused(std::string why) override;

  std::size_t take_upgrade(std::string_view bytes);
  void take_frame(const frame& f);
  void take_part(const frame& f);

  const site& site_;
  ws_peer_events& events_;
  std::unique_ptr<conversation> talk_;
  stream stream_;
  bool upgraded_ = false, left_ = false;
  std::string parts_, why_; ///< parts_: of a fragmented message; why_: what on_end will say
};

} // namespace mdai::load
