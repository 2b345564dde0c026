#include <optional>

#include "bench/sim/console.hpp"
#include "bench/sim/device.hpp"
#include "bench/sim/http_client.hpp"
#include "bench/sim/platform.hpp"
#include "bench/sim/privacy_check.hpp"
#include "bench/sim/sample_image.hpp"
#include "bench/sim/verbs.hpp"
#include "protocol/close_code.hpp"
#include "protocol/crypto.hpp"

/// `mdai-sim flow`: a whole verification in one process, every step checked as it happens.
namespace mdai::sim {
namespace {

constexpr std::string_view forbidden_value = "must-not-arrive";
/// Numbers, escapes and key order that a careless relay would change.
constexpr std::string_view delicate = R"("z":12345678901234567890123,"a":1.10,"e":"\u00e9\/")";

struct flow_flags {
  std::string url, token, qr_key, device_id = "RDK_001", image, backend;
  tls_trust trust;
  patience waits;
};

class flow {
public:
  flow(reactor& r, const flow_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto broker = url::parse(flags_.url);
    if (!broker)
      return fail(broker.error());
    auto image = load_image(flags_.image);
    if (!image)
      return fail(image.error());
    broker_ = *broker;
    image_ = std::move(*image);
    out_.title("mdai-sim flow against " + broker_.origin());
    const bool passed = create() && open_code() && phone_enters() && phone_waits_alone() && kiosk_enters() &&
                        both_are_told() && phone_to_kiosk() && kiosk_to_phone() && nothing_foreign_passes() &&
                        progress_arrives() && verify() && both_are_closed() && kiosk_saw_nobody() && backend_agrees();
    say_goodbye();
    out_.summary();
    return passed && out_.all_held() ? succeeded : reactor_.interrupted() ? was_interrupted : went_wrong;
  }

private:
  /// A step that can fail by itself: prints why when it did.
  template <class T>
  bool worked(std::string_view step, const outcome<T>& o) {
    return o.has_value() || out_.check(false, step, o.error().text);
  }

  bool create() {
    constexpr auto step = "session created";
    auto created = create_session(reactor_, broker_, flags_.token, flags_.trust, flags_.waits.step);
    if (!worked(step, created))
      return false;
    session_ = std::move(*created);
    return out_.check(session_.session_id.size() == 24, step,
                      session_.session_id + ", " + std::to_string(session_.expires_in) + " s to live") &&
           out_.check(session_.stored_nowhere, "answer is Cache-Control: no-store");
  }

  bool open_code() {
    constexpr auto step = "QR code opened";
    const auto scanned = scan(session_.qr_encrypted, flags_.qr_key);
    if (!worked(step, scanned))
      return false;
    code_ = *scanned;
    return out_.check(code_.session_id == session_.session_id, step, "it names this session") &&
           out_.check(code_.token != session_.ws_token, "kiosk has a token of its own");
  }

  bool enter(std::string_view step, std::optional<peer>& who, const url& where, const json& auth) {
    auto socket = peer::connect(reactor_, where, flags_.trust, flags_.waits);
    if (!worked(step, socket))
      return false;
    who.emplace(std::move(*socket));
    const auto welcome = who->authenticate(auth);
    return worked(step, welcome) &&
           out_.check(text_of(welcome->body, "session_id") == session_.session_id, step, where.websocket());
  }

  bool phone_enters() {
    return enter("phone authenticated", phone_, session_.ws_url,
                 {{"type", "auth"}, {"bearer_token", session_.ws_token}, {"session_id", session_.session_id}});
  }

  bool phone_waits_alone() {
    constexpr auto step = "nobody to talk to yet";
    auto sent = phone_->send({{"type", "to_device"}, {"data", {{"hello", true}}}});
    const auto refused = sent ? phone_->expect("error") : outcome<received>{sent.error()};
    return worked(step, refused) &&
           out_.check(refused->body.value("code", json{}) == 404, step, "404 " + text_of(refused->body, "error"));
  }

  bool kiosk_enters() {
    return enter("kiosk authenticated", kiosk_, device_url(broker_), device_auth(code_, flags_.device_id));
  }

  bool both_are_told() {
    const auto device = phone_->expect("device_connected");
    if (!worked("phone hears of the kiosk", device) ||
        !out_.check(text_of(device->body, "device_id") == flags_.device_id, "phone hears of the kiosk",
                    text_of(device->body, "device_id")))
      return false;
    const auto mobile = kiosk_->expect("mobile_connected");
    return worked("kiosk hears of the phone", mobile) && out_.check(true, "kiosk hears of the phone");
  }

  /// Sends `raw` from one side and answers what the other side gets.
  outcome<received> relay(peer& from, const std::string& raw, peer& to, const std::string& type) {
    if (auto sent = from.send_raw(raw); !sent)
      return sent.error();
    return to.expect(type);
  }

  /// With the id under its name, under the escaped name, and inside another text; the last is judged at the
  /// end, when the result has told the session's id.
  bool phone_to_kiosk() {
    constexpr auto step = "phone to kiosk";
    const auto id = platform::platform_id_of(flags_.token).value_or("nobody");
    const auto raw = R"({"type":"to_device","data":{)" + std::string{delicate} + R"(,"platform_id":")" +
                     std::string{forbidden_value} + R"(","deep":[{"platform\u005fid":")" +
                     std::string{forbidden_value} + R"("}],"note":"this is )" + id + R"("}})";
    const auto got = relay(*phone_, raw, *kiosk_, "to_device");
    return worked(step, got) && out_.check(got->raw.find(delicate) != std::string::npos, step, "byte for byte") &&
           out_.check(!has_key(got->body, "platform_id") && !mentions(got->body, forbidden_value),
                      "platform_id does not pass", "neither plain nor escaped");
  }

  bool kiosk_to_phone() {
    constexpr auto step = "kiosk to phone";
    const auto got =
        relay(*kiosk_, R"({"type":"to_mobile","data":{)" + std::string{delicate} + "}}", *phone_, "to_mobile");
    return worked(step, got) && out_.check(got->raw.find(delicate) != std::string::npos, step, "byte for byte");
  }

  bool nothing_foreign_passes() {
    constexpr auto step = "kiosk may not speak as a phone";
    const auto got = relay(*kiosk_, R"({"type":"to_device","data":{}})", *kiosk_, "error");
    return worked(step, got) &&
           out_.check(got->body.value("code", json{}) == 400, step, "400 " + text_of(got->body, "error"));
  }

  bool progress_arrives() {
    constexpr auto step = "progress 0 to 100";
    for (int value = 0; value <= 100; value += 10) {
      const auto got = relay(*kiosk_, to_text(progress(value)), *phone_, "progress");
      if (!worked(step, got))
        return false;
      if (got->body.value("value", json{}) != value)
        return out_.check(false, step, "sent " + std::to_string(value) + ", came " + got->raw);
    }
    return out_.check(true, step, "11 messages in order");
  }

  bool verify() {
    constexpr auto step = "image submitted";
    const auto sent = kiosk_->send(submit_result(image_, 5, 0.95));
    if (!worked(step, sent) || !out_.check(true, step, std::to_string(image_.size()) + " bytes"))
      return false;
    const auto note = [&](const received& m) { out_.note("not final yet", shortened(m.raw, 160)); };
    const auto at_phone = phone_->await_result(note), at_kiosk = kiosk_->await_result([](const received&) {});
    if (!succeeded_at("phone has the result", at_phone) || !succeeded_at("kiosk has the result", at_kiosk))
      return false;
    person_ = text_of(at_phone->body, "platform_id");
    return out_.check(!person_.empty(), "phone's result names the person");
  }

  bool succeeded_at(std::string_view step, const outcome<received>& verdict) {
    if (!worked(step, verdict))
      return false;
    const auto status = text_of(verdict->body, "status");
    const bool good = status == "success";
    return out_.check(good, step, good ? status : status + ": " + text_of(verdict->body, "reason"));
  }

  bool is_closed(std::string_view step, peer& who) {
    const auto end = who.await_end();
    return worked(step, end) &&
           out_.check(end->code == static_cast<std::uint16_t>(close_code::done), step, describe(*end));
  }

  bool both_are_closed() { return is_closed("phone's socket", *phone_) && is_closed("kiosk's socket", *kiosk_); }

  bool kiosk_saw_nobody() {
    const auto leaks = count_leaks(*kiosk_, person_);
    return out_.check(leaks == 0, "kiosk never saw the person's id",
                      std::to_string(leaks) + " of " + std::to_string(kiosk_->seen().size()) + " messages have it");
  }

  /// What the simulated backend has in its books.
  bool backend_agrees() {
    if (flags_.backend.empty())
      return true;
    constexpr auto step = "backend has the result once";
    const auto where = url::parse(flags_.backend);
    if (!worked(step, where))
      return false;
    const auto answer = fetch(reactor_, {"GET", where->at("/control?key=" + session_.session_id), {}, {}}, flags_.trust,
                              flags_.waits.step);
    if (!worked(step, answer))
      return false;
    const auto books = json::parse(answer->body, nullptr, false);
    const auto entry =
        books.is_object() ? books.value("results", json::object()).value(session_.session_id, json{}) : json{};
    if (!entry.is_object())
      return out_.check(false, step, "nothing under this session's key");
    return out_.check(entry.value("accepted", false) && entry.value("answered_again", 1) == 0, step,
                      std::to_string(entry.value("attempts", 0)) + " attempt(s)") &&
           out_.check(entry.value("image_sha256", "") == crypto::hex(crypto::sha256(image_)), "the very image arrived",
                      "SHA-256 " + shortened(entry.value("image_sha256", ""), 16)) &&
           out_.check(entry.value("platform_id", "") == person_, "for the right person");
  }

  void say_goodbye() {
    for (auto* who : {&kiosk_, &phone_})
      if (who->has_value())
        (*who)->close();
  }

  reactor& reactor_;
  const flow_flags& flags_;
  console out_;
  url broker_;
  std::string image_;
  created_session session_;
  scanned_code code_;
  std::optional<peer> phone_, kiosk_;
  std::string person_;
};

} // namespace

void add_flow(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<flow_flags>();
  auto* sub = app.add_subcommand("flow", "Phone and kiosk together: a whole verification, every step checked");
  sub->add_option("--url", flags->url, "The broker, like https://127.0.0.1:8443")->required();
  sub->add_option("--token", flags->token, "The user's bearer, like user-ann")->required();
  sub->add_option("--qr-key", flags->qr_key, "The QR key, 64 hex digits")->required()->envname("QR_ENCRYPTION_KEY");
  sub->add_option("--device-id", flags->device_id, "The kiosk's name")->capture_default_str();
  sub->add_option("--image", flags->image, "The picture to submit [a small grey JPEG]")->check(CLI::ExistingFile);
  sub->add_option("--backend", flags->backend, "The simulated backend: check its books too");
  add_patience(*sub, flags->waits);
  sub->footer("Exit status: 0 only when every check held.");
  plays<flow>(*sub, flags, chosen);
}

} // namespace mdai::sim
