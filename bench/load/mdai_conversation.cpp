#include <nlohmann/json.hpp>

#include "bench/load/conversation.hpp"

namespace mdai::load {
namespace {

using json = nlohmann::json;

/// docs/protocol.md, section 3: auth, auth_success, and word of the other side.
class mdai_conversation final : public conversation {
public:
  explicit mdai_conversation(const identity& me)
      : me_(me) {}

  std::string target() const override { return me_.who == party::mobile ? "/ws/mobile" : "/ws/device"; }
  opcode code() const override { return opcode::text; }

  std::string greeting() const override {
    json out{{"type", "auth"}, {"bearer_token", me_.token}, {"session_id", me_.session_id}};
    if (me_.who == party::device)
      out["device_id"] = me_.device_id;
    return out.dump();
  }

  void take(std::string_view message, conversation_events& events) override {
    if (ready_)
      return events.on_arrival(message);
    const auto heard = json::parse(message, nullptr, false);
    const auto type = heard.is_object() ? heard.value("type", json{}) : json{};
    if (type == "auth_success")
      accepted_ = true;
    else if (accepted_ && type == (me_.who == party::mobile ? "device_connected" : "mobile_connected"))
      joined_ = true;
    else
      return events.on_refused("unexpected: " + std::string{message.substr(0, 160)});
    ready_ = accepted_ && (joined_ || !me_.paired);
    if (ready_)
      events.on_ready();
  }

private:
  identity me_;
  bool accepted_ = false, joined_ = false, ready_ = false;
};

} // namespace

std::unique_ptr<conversation> make_mdai_conversation(const identity& me) {
  return std::make_unique<mdai_conversation>(me);
}

} // namespace mdai::load
