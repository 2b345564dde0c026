#include <cstdint>

#include "bench/load/byte_rest.hpp"
#include "bench/load/conversation.hpp"

/// MQTT 3.1.1 (OASIS), as much as two clients need to send each other QoS 0 messages.
namespace mdai::load {
namespace {

enum packet : std::uint8_t { connect = 1, connack = 2, publish = 3, subscribe = 8, suback = 9 };

std::string text_field(std::string_view text) {
  std::string out{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())};
  return out.append(text);
}

std::string make_packet(packet type, unsigned flags, std::string_view body) {
  std::string out{static_cast<char>(type << 4 | flags)};
  auto left = body.size();
  do {
    const auto low = left & 0x7F;
    left >>= 7;
    out += static_cast<char>(low | (left > 0 ? 0x80 : 0));
  } while (left > 0);
  return out.append(body);
}

/// The packet that `bytes` begin with; size 0 when more is to come.
struct packet_view {
  unsigned type = 0;
  std::string_view body;
  std::size_t size = 0;
};

packet_view read_packet(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t at = 1; at < bytes.size() && at <= 4; ++at) {
    const auto digit = static_cast<std::uint8_t>(bytes[at]);
    length |= std::size_t{digit & 0x7Fu} << (7 * (at - 1));
    if (digit >= 0x80)
      continue;
    if (bytes.size() - at - 1 < length)
      break;
    return {static_cast<std::uint8_t>(bytes[0]) / 16u, bytes.substr(at + 1, length), at + 1 + length};
  }
  return {};
}

std::string topic(std::uint32_t pair, party who) {
  return "p/" + std::to_string(pair) + (who == party::mobile ? "/m" : "/d");
}

class mqtt_conversation final : public conversation {
public:
  explicit mqtt_conversation(const identity& me)
      : mine_(topic(me.pair, me.who))
      , theirs_(topic(me.pair, other(me.who))) {}

  std::string target() const override { return "/mqtt"; }
  std::string subprotocol() const override { return "mqtt"; }

  std::string greeting() const override {
    // Protocol level 4, clean session, no keep-alive; packet identifier 1, QoS 0.
    const auto hello = text_field("MQTT") + std::string{"\x04\x02\x00\x00", 4} + text_field("load:" + mine_);
    const auto wish = std::string{"\x00\x01", 2} + text_field(mine_) + std::string{"\x00", 1};
    return make_packet(connect, 0, hello) + make_packet(subscribe, 2, wish);
  }

  std::string wrap(std::string_view payload) const override {
    return make_packet(publish, 0, text_field(theirs_).append(payload));
  }

  void take(std::string_view message, conversation_events& events) override {
    rest_.feed(message, [&](std::string_view bytes) {
      std::size_t done = 0;
      for (auto p = read_packet(bytes); p.size > 0; p = read_packet(bytes.substr(done))) {
        on_packet(p, events);
        done += p.size;
      }
      return done;
    });
  }

private:
  void on_packet(const packet_view& p, conversation_events& events) const {
    const auto topic_field = mine_.size() + 2;
    if (p.type == publish && p.body.size() >= topic_field)
      return events.on_arrival(p.body.substr(topic_field));
    if (p.type == connack && p.body.size() == 2 && p.body[1] == 0)
      return;
    if (p.type == suback && p.body.size() == 3 && p.body[2] == 0)
      return events.on_ready();
    events.on_refused("unexpected MQTT packet of type " + std::to_string(p.type));
  }

  std::string mine_, theirs_;
  byte_rest rest_;
};

} // namespace

std::unique_ptr<conversation> make_mqtt_conversation(const identity& me) {
  return std::make_unique<mqtt_conversation>(me);
}

} // namespace mdai::load
