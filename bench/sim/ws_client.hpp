#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/sim/outcome.hpp"
#include "bench/sim/reactor.hpp"
#include "bench/sim/tls_trust.hpp"
#include "bench/sim/url.hpp"

namespace mdai::sim {

/// How a WebSocket ended.
struct ws_end {
  std::uint16_t code = 0; ///< of the peer's close frame; 1006 when there was none
  std::string reason;
};

/// A WebSocket client that reads like blocking code. It always reads ahead a little (so pings are answered
/// while somebody waits for another socket of the same reactor), and every wait has its limit.
class ws_client {
public:
  static outcome<ws_client> connect(reactor& r, const url& where, const tls_trust& trust, milliseconds limit);
  ws_client(ws_client&&) noexcept;
  ws_client& operator=(ws_client&&) noexcept;
  ~ws_client();

  outcome<void> send(std::string_view text, milliseconds limit);
  /// The next text message. Fails when none came in time or the socket ended before (then `ended()`).
  outcome<std::string> receive(milliseconds limit);
  /// Whether `receive` would answer at once: a message waits, or the socket has ended.
  bool ready() const;
  /// The peer has closed or the connection is gone. Messages that came before may still wait.
  bool ended() const;
  /// Valid once ended.
  const ws_end& end() const;
  /// Says goodbye with 1000 and waits for the peer's close, also after an interruption.
  void close(milliseconds limit);

  class impl;

private:
  explicit ws_client(std::shared_ptr<impl> p);
  std::shared_ptr<impl> impl_;
};

/// "closed with 4401 (Session expired)"
std::string describe(const ws_end& end);

} // namespace mdai::sim
