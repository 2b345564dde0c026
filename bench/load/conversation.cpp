#include "bench/load/conversation.hpp"

namespace mdai::load {
namespace {

/// A relay that passes bytes on without a look at them.
class raw_conversation final : public conversation {
public:
  explicit raw_conversation(const identity& me)
      : target_((me.who == party::mobile ? "/ws/mobile?pair=" : "/ws/device?pair=") + std::to_string(me.pair)) {}

  std::string target() const override { return target_; }
  opcode code() const override { return opcode::text; }
  std::string greeting() const override { return {}; }
  bool ready_at_once() const override { return true; }
  void take(std::string_view message, conversation_events& events) override { events.on_arrival(message); }

private:
  std::string target_;
};

} // namespace

std::unique_ptr<conversation> make_conversation(dialect kind, const identity& me) {
  switch (kind) {
  case dialect::mdai:
    return make_mdai_conversation(me);
  case dialect::raw:
    return std::make_unique<raw_conversation>(me);
  case dialect::mqtt:
    return make_mqtt_conversation(me);
  case dialect::nats:
    return make_nats_conversation(me);
  }
  return nullptr;
}

} // namespace mdai::load
