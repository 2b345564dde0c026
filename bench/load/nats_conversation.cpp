#include <charconv>
#include <cstdint>

#include "bench/load/byte_rest.hpp"
#include "bench/load/conversation.hpp"

/// The NATS client protocol: lines, and payloads behind MSG lines.
namespace mdai::load {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string subject(std::uint32_t pair, party who) {
  return "p." + std::to_string(pair) + (who == party::mobile ? ".m" : ".d");
}

class nats_conversation final : public conversation {
public:
  explicit nats_conversation(const identity& me)
      : mine_(subject(me.pair, me.who))
      , theirs_(subject(me.pair, other(me.who))) {}

  std::string target() const override { return "/"; }

  std::string greeting() const override {
    return R"(CONNECT {"verbose":false,"pedantic":false,"echo":false,"lang":"c++","version":"1","name":"load"})"
           "\r\nSUB " +
           mine_ + " 1\r\nPING\r\n";
  }

  std::string wrap(std::string_view payload) const override {
    std::string out = "PUB " + theirs_ + " " + std::to_string(payload.size());
    return out.append(line_end).append(payload).append(line_end);
  }

  void take(std::string_view message, conversation_events& events) override {
    rest_.feed(message, [&](std::string_view bytes) {
      std::size_t done = 0;
      while (const auto used = take_one(bytes.substr(done), events))
        done += used;
      return done;
    });
  }

private:
  /// Bytes of the first line, with its payload; 0 when more is to come.
  static std::size_t take_one(std::string_view bytes, conversation_events& events) {
    const auto end = bytes.find(line_end);
    if (end == bytes.npos)
      return 0;
    const auto line = bytes.substr(0, end);
    const auto used = end + line_end.size();
    if (line.starts_with("MSG "))
      return take_payload(line, bytes.substr(used), events, used);
    if (line == "PONG")
      events.on_ready();
    else if (line == "PING")
      events.on_answer("PONG\r\n");
    else if (!line.starts_with("INFO ") && line != "+OK")
      events.on_refused("NATS says " + std::string{line.substr(0, 160)});
    return used;
  }

  static std::size_t take_payload(std::string_view line, std::string_view behind, conversation_events& events,
                                  std::size_t used) {
    std::size_t size = 0;
    const auto number = line.substr(line.rfind(' ') + 1);
    if (std::from_chars(number.data(), number.data() + number.size(), size).ec != std::errc{}) {
      events.on_refused("NATS says " + std::string{line.substr(0, 160)});
      return used;
    }
    if (behind.size() < size + line_end.size())
      return 0;
    events.on_arrival(behind.substr(0, size));
    return used + size + line_end.size();
  }

  std::string mine_, theirs_;
  byte_rest rest_;
};

} // namespace

std::unique_ptr<conversation> make_nats_conversation(const identity& me) {
  return std::make_unique<nats_conversation>(me);
}

} // namespace mdai::load
