#include "bench/sim/console.hpp"
#include "bench/sim/line_reader.hpp"
#include "bench/sim/verbs.hpp"

/// `mdai-sim phone`: a person's app, from the session to the result.
namespace mdai::sim {
namespace {

constexpr std::size_t shown_bytes = 400;
constexpr milliseconds after_expiry{10'000};

struct phone_flags {
  std::string url, token, qr_file;
  std::vector<std::string> send;
  tls_trust trust;
  patience waits;
};

/// What a typed line means as `data`: JSON when it is an object, else {"text": line}.
json to_data(const std::string& line) {
  auto data = json::parse(line, nullptr, false);
  return data.is_object() ? data : json{{"text", line}};
}

class phone {
public:
  phone(reactor& r, const phone_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run() {
    const auto broker = url::parse(flags_.url);
    if (!broker)
      return fail(broker.error());
    const auto session = create_session(reactor_, *broker, flags_.token, flags_.trust, flags_.waits.step);
    if (!session)
      return fail(session.error());
    out_.note("session created", session->session_id + ", " + std::to_string(session->expires_in) + " s to live");
    if (!out_.show_code(session->qr_encrypted, flags_.qr_file))
      return fail(failed("cannot write " + flags_.qr_file));
    auto socket = peer::connect(reactor_, session->ws_url, flags_.trust, flags_.waits);
    if (!socket)
      return fail(socket.error());
    const auto welcome = socket->authenticate(
        {{"type", "auth"}, {"bearer_token", session->ws_token}, {"session_id", session->session_id}});
    if (!welcome)
      return fail(welcome.error());
    out_.note("authenticated", session->ws_url.websocket());
    const auto status = converse(*socket, seconds{session->expires_in} + after_expiry);
    socket->close();
    return status;
  }

private:
  /// Until the session is over, one way or the other.
  int converse(peer& socket, milliseconds limit) {
    line_reader lines{reactor_};
    for (;;) {
      const auto waited = reactor_.run_until([&] { return socket.socket().ready() || lines.ready(); }, limit);
      if (waited != reactor::wait_end::done)
        return fail(describe(waited, "result", limit));
      while (const auto line = lines.take())
        if (!line->empty() && !relay(socket, *line))
          return went_wrong;
      if (!socket.socket().ready())
        continue;
      const auto next = socket.receive(flags_.waits.step);
      if (!next)
        return fail(next.error());
      out_.note(type_of(next->body), shortened(next->raw, shown_bytes));
      if (is_final_result(next->body)) {
        show_end(socket);
        return text_of(next->body, "status") == "success" ? succeeded : verification_failed;
      }
      if (type_of(next->body) == "device_connected" && !send_prepared(socket))
        return went_wrong;
    }
  }

  void show_end(peer& socket) const {
    if (const auto end = socket.await_end())
      out_.note("the broker is done", describe(*end));
  }

  /// What --send gave, once, when somebody is there to hear it.
  bool send_prepared(peer& socket) {
    while (sent_ < flags_.send.size())
      if (!relay(socket, flags_.send[sent_++]))
        return false;
    return true;
  }

  bool relay(peer& socket, const std::string& line) {
    const auto sent = socket.send({{"type", "to_device"}, {"data", to_data(line)}});
    if (!sent)
      fail(sent.error());
    else
      out_.note("sent to the device", shortened(line, shown_bytes));
    return sent.has_value();
  }

  reactor& reactor_;
  const phone_flags& flags_;
  console out_;
  std::size_t sent_ = 0;
};

} // namespace

void add_phone(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<phone_flags>();
  auto* sub = app.add_subcommand("phone", "A person's app: creates a session, shows its QR, relays typed lines");
  sub->add_option("--url", flags->url, "The broker, like https://127.0.0.1:8443")->required();
  sub->add_option("--token", flags->token, "The user's bearer, like user-ann")->required();
  sub->add_option("--qr-file", flags->qr_file, "Where to write the sealed QR text (for kiosk --qr @FILE)");
  sub->add_option("--send", flags->send, "Data for the device, sent once it is connected; may be repeated");
  sub->footer("Lines typed meanwhile go to the device as to_device data: a JSON object as it is, other text as\n"
              "{\"text\":…}. Exit status: 0 verified, 2 verification failed, 1 something went wrong.");
  plays<phone>(*sub, flags, chosen);
}

} // namespace mdai::sim
