#include "bench/sim/peer.hpp"

#include <algorithm>
#include <chrono>

#include "bench/sim/console.hpp"
#include "bench/sim/http_client.hpp"

namespace mdai::sim {
namespace {

json parse(const std::string& text) { return json::parse(text, nullptr, false); }

/// "401 UNAUTHORIZED: Invalid or expired token"
std::string describe_refusal(const http_answer& answer) {
  const auto body = parse(answer.body);
  const auto code = text_of(body, "error_code"), error = text_of(body, "error");
  return std::to_string(answer.status) + (code.empty() ? "" : " " + code) + (error.empty() ? "" : ": " + error);
}

} // namespace

std::string to_text(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string text_of(const json& message, const char* name) {
  if (!message.is_object())
    return {};
  const auto found = message.find(name);
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string type_of(const json& message) { return text_of(message, "type"); }

bool is_final_result(const json& message) {
  if (type_of(message) != "verification_result")
    return false;
  const auto final = message.find("final");
  return final != message.end() && final->is_boolean() && final->get<bool>();
}

outcome<created_session> create_session(reactor& r, const url& broker, const std::string& user_token,
                                        const tls_trust& trust, milliseconds limit) {
  const auto answer =
      fetch(r, {"GET", broker.at("/api/mobile/create-session"), {{"Authorization", "Bearer " + user_token}}, {}}, trust,
            limit);
  if (!answer)
    return answer.error();
  if (answer->status != 200)
    return failed("the broker refused a session: " + describe_refusal(*answer));
  const auto body = parse(answer->body);
  created_session out{text_of(body, "session_id"),
                      text_of(body, "ws_token"),
                      text_of(body, "qr_encrypted"),
                      {},
                      0,
                      answer->header("cache-control") == "no-store"};
  const auto ws_url = url::parse(text_of(body, "ws_url"));
  if (!ws_url || out.session_id.empty() || out.ws_token.empty() || out.qr_encrypted.empty() ||
      !body.contains("expires_in") || !body["expires_in"].is_number_integer())
    return failed("the broker's session lacks session_id, ws_token, ws_url, qr_encrypted or expires_in");
  out.ws_url = *ws_url;
  out.expires_in = body["expires_in"].get<int>();
  return out;
}

outcome<peer> peer::connect(reactor& r, const url& where, const tls_trust& trust, const patience& waits) {
  auto socket = ws_client::connect(r, where, trust, waits.step);
  if (!socket)
    return socket.error();
  return peer{std::move(*socket), waits};
}

outcome<received> peer::receive(milliseconds limit) {
  auto text = socket_.receive(limit);
  if (!text)
    return text.error();
  seen_.push_back(*text);
  auto body = parse(*text);
  if (!body.is_object())
    return failed("a message that is no JSON object came: " + shortened(*text, 80));
  return received{std::move(*text), std::move(body)};
}

outcome<received> peer::expect(const std::string& type, milliseconds limit) {
  auto next = receive(limit);
  if (!next)
    return failure{next.error().interrupted, "waiting for " + type + ": " + next.error().text};
  if (type_of(next->body) != type)
    return failed("waiting for " + type + ", but this came: " + shortened(next->raw, 160));
  return next;
}

outcome<received> peer::authenticate(const json& auth) {
  if (auto sent = send(auth); !sent)
    return sent.error();
  auto next = receive(waits_.step);
  if (next && type_of(next->body) == "auth_failed")
    return failed("the broker said no: " + text_of(next->body, "error"));
  if (next && type_of(next->body) != "auth_success")
    return failed("waiting for auth_success, but this came: " + shortened(next->raw, 160));
  return next;
}

outcome<received> peer::await_result(const std::function<void(const received&)>& on_other) {
  const auto end = std::chrono::steady_clock::now() + waits_.result;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    auto next = receive(std::max(left, milliseconds{1}));
    if (!next || is_final_result(next->body))
      return next;
    on_other(*next);
  }
}

outcome<ws_end> peer::await_end() {
  while (!socket_.ended() || socket_.ready()) {
    auto next = receive(waits_.step);
    if (!next && socket_.ended())
      break;
    if (!next)
      return next.error();
    return failed("waiting for the close, but this came: " + shortened(next->raw, 160));
  }
  return socket_.end();
}

} // namespace mdai::sim
