#include "bench/sim/console.hpp"
#include "bench/sim/device.hpp"
#include "bench/sim/privacy_check.hpp"
#include "bench/sim/sample_image.hpp"
#include "bench/sim/verbs.hpp"

/// `mdai-sim kiosk`: a face-scanning device, from the QR code to the result.
namespace mdai::sim {
namespace {

constexpr std::size_t shown_bytes = 400;
/// How every id of the simulated platform begins.
constexpr std::string_view id_prefix = "PLT_";

struct kiosk_flags {
  std::string url, qr, qr_key, device_id = "RDK_001", image;
  int passes = 5;
  double confidence = 0.95;
  bool alone = false;
  tls_trust trust;
  patience waits;
};

class kiosk {
public:
  kiosk(reactor& r, const kiosk_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto broker = url::parse(flags_.url);
    if (!broker)
      return fail(broker.error());
    const auto sealed = text_or_file(flags_.qr);
    if (!sealed)
      return fail(sealed.error());
    const auto code = scan(*sealed, flags_.qr_key);
    if (!code)
      return fail(code.error());
    out_.note("QR code opened", "session " + code->session_id);
    const auto image = load_image(flags_.image);
    if (!image)
      return fail(image.error());
    auto socket = peer::connect(reactor_, device_url(*broker), flags_.trust, flags_.waits);
    if (!socket)
      return fail(socket.error());
    const auto welcome = socket->authenticate(device_auth(*code, flags_.device_id));
    if (!welcome)
      return fail(welcome.error());
    out_.note("authenticated", "as " + flags_.device_id);
    const auto ended = scan_face(*socket, *image);
    socket->close();
    return ended ? judge(*socket, *ended) : fail(ended.error());
  }

private:
  void show(const received& message) const { out_.note(type_of(message.body), shortened(message.raw, shown_bytes)); }

  /// Progress, the image, the result.
  outcome<received> scan_face(peer& socket, const std::string& image) {
    if (!flags_.alone) {
      if (auto met = await_phone(socket); !met)
        return met.error();
    }
    for (int value = 0; value <= 100; value += 10)
      if (auto sent = socket.send(progress(value)); !sent)
        return sent.error();
    if (auto sent = socket.send(submit_result(image, flags_.passes, flags_.confidence)); !sent)
      return sent.error();
    out_.note("image submitted", std::to_string(image.size()) + " bytes");
    return await_verdict(socket);
  }

  outcome<void> await_phone(peer& socket) {
    for (;;) {
      const auto next = socket.receive(flags_.waits.result);
      if (!next)
        return next.error();
      show(*next);
      if (type_of(next->body) == "mobile_connected")
        return {};
    }
  }

  /// The final result, or one that says that more passes are needed: nobody will send them.
  outcome<received> await_verdict(peer& socket) {
    for (;;) {
      auto next = socket.receive(flags_.waits.result);
      if (!next)
        return next;
      show(*next);
      if (is_final_result(next->body) || text_of(next->body, "status") == "failed")
        return next;
      if (type_of(next->body) == "error" && next->body.value("code", json{}) == 400)
        return failed("the broker did not take the result: " + text_of(next->body, "error"));
    }
  }

  int judge(const peer& socket, const received& verdict) {
    const auto leaks = count_leaks(socket, id_prefix);
    out_.check(leaks == 0, "no platform_id reached the kiosk",
               std::to_string(socket.seen().size()) + " messages looked at");
    if (leaks > 0)
      return went_wrong;
    return text_of(verdict.body, "status") == "success" ? succeeded : verification_failed;
  }

  reactor& reactor_;
  const kiosk_flags& flags_;
  console out_;
};

} // namespace

void add_kiosk(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<kiosk_flags>();
  auto* sub = app.add_subcommand("kiosk", "A device: opens the QR, shows progress, submits an image");
  sub->add_option("--url", flags->url, "The broker, like wss://127.0.0.1:8443 (its /ws/device)")->required();
  sub->add_option("--qr", flags->qr, "The sealed QR text, or @FILE")->required();
  sub->add_option("--qr-key", flags->qr_key, "The QR key, 64 hex digits")->required()->envname("QR_ENCRYPTION_KEY");
  sub->add_option("--device-id", flags->device_id, "The kiosk's name")->capture_default_str();
  sub->add_option("--image", flags->image, "The picture to submit [a small grey JPEG]")->check(CLI::ExistingFile);
  sub->add_option("--passes", flags->passes, "Consecutive liveness passes to claim")->capture_default_str();
  sub->add_option("--confidence", flags->confidence, "Confidence to claim")->capture_default_str();
  sub->add_flag("--alone", flags->alone, "Do not wait for the phone");
  add_patience(*sub, flags->waits);
  sub->footer("Exit status: 0 verified, 2 verification failed, 1 something went wrong (or a platform_id came).");
  plays<kiosk>(*sub, flags, chosen);
}

} // namespace mdai::sim
