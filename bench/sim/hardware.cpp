#include <algorithm>

#include "bench/sim/bridge.hpp"
#include "bench/sim/privacy_check.hpp"
#include "bench/sim/sample_image.hpp"
#include "bench/sim/verbs.hpp"
#include "protocol/crypto.hpp"

/// `mdai-sim hardware`: older hardware, from the API key to the platform's answer.
namespace mdai::sim {
namespace {

struct hardware_flags {
  std::string url, api_key, qr_file, image, real_id;
  tls_trust trust;
  patience waits;
};

class hardware {
public:
  hardware(reactor& r, const hardware_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto broker = url::parse(flags_.url);
    if (!broker)
      return fail(broker.error());
    const auto image = load_image(flags_.image);
    if (!image)
      return fail(image.error());
    const auto code = authorize(reactor_, *broker, flags_.api_key, flags_.trust, flags_.waits.step);
    if (!code)
      return fail(code.error());
    if (!out_.show_code(to_code(*code), flags_.qr_file))
      return fail(failed("cannot write " + flags_.qr_file));
    auto side = bridge_side::join(reactor_, code->hardware_url, code->token, flags_.trust, flags_.waits);
    if (!side)
      return fail(side.error());
    out_.note("joined", code->hardware_url.websocket());
    const auto answer = verify(*side, *image);
    side->close();
    return answer ? judge(*side, *answer) : fail(answer.error());
  }

private:
  /// As old hardware does: waits to be told who is there, looks busy, sends a picture, waits for the answer.
  outcome<received> verify(bridge_side& side, const std::string& image) {
    const auto person = await_person(side);
    if (!person)
      return person.error();
    out_.note("somebody is there", *person);
    if (auto sent = side.send("to_app", {{"state", "scanning"}}); !sent)
      return sent.error();
    if (auto sent = side.send("to_backend", {{"platform_id", *person}, {"image_base64", crypto::base64(image)}}); !sent)
      return sent.error();
    out_.note("image submitted", std::to_string(image.size()) + " bytes");
    return side.await_answer(out_);
  }

  /// Messages without a `data.platform_id` are not it.
  outcome<std::string> await_person(bridge_side& side) {
    for (;;) {
      const auto next = side.receive(out_);
      if (!next)
        return next.error();
      if (type_of(next->body) != "from_app" || !next->body.contains("data"))
        continue;
      if (auto person = text_of(next->body["data"], "platform_id"); !person.empty())
        return person;
    }
  }

  int judge(const bridge_side& side, const received& answer) {
    bool kept = true;
    if (!flags_.real_id.empty()) {
      const auto& seen = side.socket().seen();
      const auto leaks = std::count_if(seen.begin(), seen.end(), [&](const std::string& raw) {
        return mentions(json::parse(raw, nullptr, false), flags_.real_id);
      });
      kept = out_.check(leaks == 0, "the real id never came", std::to_string(seen.size()) + " messages looked at");
    }
    kept &= out_.check(!has_key(answer.body, "platform_id"), "the answer names nobody");
    return kept ? judge_answer(answer.body) : went_wrong;
  }

  reactor& reactor_;
  const hardware_flags& flags_;
  console out_;
};

} // namespace

void add_hardware(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<hardware_flags>();
  auto* sub = app.add_subcommand("hardware", "Older hardware: gets a token, shows its QR, submits an image");
  sub->add_option("--url", flags->url, "The broker, like http://127.0.0.1:8080")->required();
  sub->add_option("--api-key", flags->api_key, "One of the broker's HARDWARE_API_KEYS")->required();
  sub->add_option("--qr-file", flags->qr_file, "Where to write the QR code's text (for app --qr @FILE)");
  sub->add_option("--image", flags->image, "The picture to submit [a small grey JPEG]")->check(CLI::ExistingFile);
  sub->add_option("--real-id", flags->real_id, "The person's platform_id: must never come");
  add_patience(*sub, flags->waits);
  sub->footer("Exit status: 0 verified, 2 the platform said no, 1 something went wrong (or the real id came).");
  plays<hardware>(*sub, flags, chosen);
}

} // namespace mdai::sim
