#pragma once
#include <string>

#include "bench/sim/console.hpp"
#include "bench/sim/peer.hpp"

/// What the older bridge's two sides have in common, for the verbs `hardware` and `app`.
namespace mdai::sim {

/// What the hardware's QR code says.
struct bridge_code {
  std::string token;
  url app_url, hardware_url; ///< without the token
};

/// Asks the broker for a token with an API key.
outcome<bridge_code> authorize(reactor& r, const url& broker, const std::string& api_key, const tls_trust& trust,
                               milliseconds limit);
/// The text that hardware draws as its QR code: {"token","ws_app_url","ws_hardware_url","server_host"}.
std::string to_code(const bridge_code& code);
/// What an app reads from it.
outcome<bridge_code> read_code(const std::string& text);

/// One side's joined socket.
class bridge_side {
public:
  /// Connects `where` with the token and waits to be greeted.
  static outcome<bridge_side> join(reactor& r, const url& where, const std::string& token, const tls_trust& trust,
                                   const patience& waits);

  /// The next message that is no ping; those are answered. Shows it. An `error` fails: old clients hang up then.
  outcome<received> receive(const console& out);
  outcome<void> send(const std::string& type, const json& data) {
    return socket_.send({{"type", type}, {"data", data}});
  }
  /// Waits for the platform's answer, past those that say it is still to come. Others go to nobody.
  outcome<received> await_answer(const console& out);
  /// Asks who is here; whether the other side, called `role`, is.
  outcome<bool> sees(const std::string& role, const console& out);

  const peer& socket() const { return socket_; }
  void close() { socket_.close(); }

private:
  bridge_side(peer socket, const patience& waits)
      : socket_(std::move(socket))
      , waits_(waits) {}

  peer socket_;
  patience waits_;
};

/// The exit status that a backend_response means.
int judge_answer(const json& backend_response);

} // namespace mdai::sim
