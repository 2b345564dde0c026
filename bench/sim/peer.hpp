#pragma once
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/sim/outcome.hpp"
#include "bench/sim/reactor.hpp"
#include "bench/sim/url.hpp"
#include "bench/sim/ws_client.hpp"

/// What phones, kiosks and the whole flow have in common: creating a session, and a party's authenticated
/// socket.
namespace mdai::sim {

using json = nlohmann::json;

/// How long a client waits.
struct patience {
  milliseconds step{10'000};   ///< for a connection, an HTTP answer or a message that must come at once
  milliseconds result{75'000}; ///< for the verification result: the broker itself gives the backend 60 s
};

/// The broker's answer to a create-session.
struct created_session {
  std::string session_id, ws_token, qr_encrypted;
  url ws_url;
  int expires_in = 0;
  bool stored_nowhere = false; ///< the answer came with `Cache-Control: no-store`
};

outcome<created_session> create_session(reactor& r, const url& broker, const std::string& user_token,
                                        const tls_trust& trust, milliseconds limit);

/// A JSON message on one line, invalid UTF-8 replaced.
std::string to_text(const json& message);
/// The text of `message["type"]`, or empty.
std::string type_of(const json& message);
/// The text member of that name, or empty.
std::string text_of(const json& message, const char* name);

/// A message as it came, and what it says.
struct received {
  std::string raw;
  json body;
};

/// One party's socket, which keeps all that it received.
class peer {
public:
  static outcome<peer> connect(reactor& r, const url& where, const tls_trust& trust, const patience& waits);

  /// Sends `auth`; answers the `auth_success`, or fails with the broker's reason.
  outcome<received> authenticate(const json& auth);
  outcome<void> send(const json& message) { return socket_.send(to_text(message), waits_.step); }
  /// `text` byte for byte.
  outcome<void> send_raw(const std::string& text) { return socket_.send(text, waits_.step); }
  outcome<received> receive(milliseconds limit);
  /// The next message, which must have this type.
  outcome<received> expect(const std::string& type) { return expect(type, waits_.step); }
  outcome<received> expect(const std::string& type, milliseconds limit);
  /// The final verification_result; `on_other` sees every message before it.
  outcome<received> await_result(const std::function<void(const received&)>& on_other);
  /// Waits for the broker to close.
  outcome<ws_end> await_end();

  const ws_client& socket() const { return socket_; }
  const std::vector<std::string>& seen() const { return seen_; }
  void close() { socket_.close(milliseconds{1'000}); }

private:
  peer(ws_client socket, const patience& waits)
      : socket_(std::move(socket))
      , waits_(waits) {}

  ws_client socket_;
  patience waits_;
  std::vector<std::string> seen_;
};

/// Whether `message` ends the session's work: a verification_result that is final.
bool is_final_result(const json& message);

} // namespace mdai::sim
