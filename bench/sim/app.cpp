#include "bench/sim/bridge.hpp"
#include "bench/sim/device.hpp"
#include "bench/sim/verbs.hpp"

/// `mdai-sim app`: an older app, which scans the hardware's code and says who is there.
namespace mdai::sim {
namespace {

struct app_flags {
  std::string qr, platform_id;
  std::vector<std::string> send;
  tls_trust trust;
  patience waits;
};

class older_app {
public:
  older_app(reactor& r, const app_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto text = text_or_file(flags_.qr);
    if (!text)
      return fail(text.error());
    const auto code = read_code(*text);
    if (!code)
      return fail(code.error());
    auto side = bridge_side::join(reactor_, code->app_url, code->token, flags_.trust, flags_.waits);
    if (!side)
      return fail(side.error());
    out_.note("joined", code->app_url.websocket());
    const auto answer = converse(*side);
    side->close();
    return answer ? judge_answer(answer->body) : fail(answer.error());
  }

private:
  outcome<received> converse(bridge_side& side) {
    if (auto met = await_hardware(side); !met)
      return met.error();
    if (auto sent = side.send("to_hardware", {{"platform_id", flags_.platform_id}}); !sent)
      return sent.error();
    out_.note("said who is there");
    for (const auto& text : flags_.send) {
      const auto data = json::parse(text, nullptr, false);
      if (auto sent = side.send("to_hardware", data.is_discarded() ? json{{"text", text}} : data); !sent)
        return sent.error();
    }
    return side.await_answer(out_);
  }

  /// It may be there already, or come.
  outcome<void> await_hardware(bridge_side& side) {
    const auto there = side.sees("hardware", out_);
    if (!there)
      return there.error();
    for (bool met = *there; !met;) {
      const auto next = side.receive(out_);
      if (!next)
        return next.error();
      met = text_of(next->body, "role") == "hardware" && next->body.value("connected", false);
    }
    return {};
  }

  reactor& reactor_;
  const app_flags& flags_;
  console out_;
};

} // namespace

void add_app(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<app_flags>();
  auto* sub = app.add_subcommand("app", "An older app: scans the hardware's code, says who is there, hears the answer");
  sub->add_option("--qr", flags->qr, "The text of the hardware's QR code, or @FILE")->required();
  sub->add_option("--platform-id", flags->platform_id, "The person, like PLT_ann")->required();
  sub->add_option("--send", flags->send, "Data for the hardware, sent behind it; may be repeated");
  add_patience(*sub, flags->waits);
  sub->footer("Exit status: 0 verified, 2 the platform said no, 1 something went wrong.");
  plays<older_app>(*sub, flags, chosen);
}

} // namespace mdai::sim
