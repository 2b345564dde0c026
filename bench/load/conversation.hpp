#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/frame.hpp"
#include "bench/load/payload.hpp"

/// What the servers under comparison want to hear and say inside a WebSocket. No I/O.
namespace mdai::load {

/// mdai: the broker's own protocol. raw: a bare relay that joins /ws/mobile?pair=K and /ws/device?pair=K.
/// mqtt: MQTT 3.1.1, QoS 0. nats: NATS's text protocol.
enum class dialect : std::uint8_t { mdai, raw, mqtt, nats };

/// Who a connection is. The last four are for mdai only.
struct identity {
  party who = party::mobile;
  std::uint32_t pair = 0;
  std::string session_id, token, device_id;
  bool paired = false; ///< ready only when the other side is there, too
};

/// What a conversation has understood.
class conversation_events {
public:
  /// The server has accepted us, and our peer when we have one.
  virtual void on_ready() = 0;
  /// What our peer said.
  virtual void on_arrival(std::string_view payload) = 0;
  /// `message` has to be sent.
  virtual void on_answer(std::string_view message) = 0;
  /// The server refused us, or talks nonsense.
  virtual void on_refused(std::string why) = 0;

protected:
  ~conversation_events() = default;
};

/// One connection's talk with its server, from the upgrade to the messages of its peer.
class conversation {
public:
  virtual ~conversation() = default;
  /// Path and query of the upgrade.
  virtual std::string target() const = 0;
  /// Empty: none.
  virtual std::string subprotocol() const { return {}; }
  virtual opcode code() const { return opcode::binary; }
  /// What is sent first, in one WebSocket message; empty: nothing.
  virtual std::string greeting() const = 0;
  /// Nothing has to be heard before on_ready.
  virtual bool ready_at_once() const { return false; }
  /// The WebSocket message that brings `payload` to our peer.
  virtual std::string wrap(std::string_view payload) const { return std::string{payload}; }
  /// A WebSocket message of the server.
  virtual void take(std::string_view message, conversation_events& events) = 0;
};

std::unique_ptr<conversation> make_conversation(dialect kind, const identity& me);
std::unique_ptr<conversation> make_mdai_conversation(const identity& me);
std::unique_ptr<conversation> make_mqtt_conversation(const identity& me);
std::unique_ptr<conversation> make_nats_conversation(const identity& me);

} // namespace mdai::load
