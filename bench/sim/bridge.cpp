#include "bench/sim/bridge.hpp"

#include "bench/sim/http_client.hpp"
#include "bench/sim/verbs.hpp"

namespace mdai::sim {
namespace {

constexpr std::size_t shown_bytes = 400;

bool is_pending(const json& answer) {
  return answer.contains("data") && text_of(answer["data"], "delivery") == "pending";
}

url with_token(const url& where, const std::string& token) {
  auto out = where;
  out.path += "?token=" + token;
  return out;
}

} // namespace

outcome<bridge_code> authorize(reactor& r, const url& broker, const std::string& api_key, const tls_trust& trust,
                               milliseconds limit) {
  const auto answer =
      fetch(r, {"POST", broker.at("/auth"), {{"Content-Type", "application/json"}}, to_text({{"api_key", api_key}})},
            trust, limit);
  if (!answer)
    return answer.error();
  const auto body = json::parse(answer->body, nullptr, false);
  if (answer->status != 200)
    return failed("the broker refused the key: " + std::to_string(answer->status) + " " + text_of(body, "error"));
  auto token = text_of(body, "token");
  if (token.empty())
    return failed("the broker's answer lacks a token");
  return bridge_code{std::move(token), broker.at("/ws/app"), broker.at("/ws/hardware")};
}

std::string to_code(const bridge_code& code) {
  return to_text({{"token", code.token},
                  {"ws_app_url", code.app_url.websocket()},
                  {"ws_hardware_url", code.hardware_url.websocket()},
                  {"server_host", code.app_url.authority()}});
}

outcome<bridge_code> read_code(const std::string& text) {
  const auto body = json::parse(text, nullptr, false);
  const auto app = url::parse(text_of(body, "ws_app_url")), hardware = url::parse(text_of(body, "ws_hardware_url"));
  const auto token = text_of(body, "token");
  if (token.empty() || !app || !hardware)
    return failed("the QR code lacks token, ws_app_url or ws_hardware_url");
  return bridge_code{token, *app, *hardware};
}

outcome<bridge_side> bridge_side::join(reactor& r, const url& where, const std::string& token, const tls_trust& trust,
                                       const patience& waits) {
  auto socket = peer::connect(r, with_token(where, token), trust, waits);
  if (!socket)
    return socket.error();
  const auto greeting = socket->receive(waits.step);
  if (!greeting)
    return greeting.error();
  if (type_of(greeting->body) != "joined")
    return failed("the broker said no: " + text_of(greeting->body, "error"));
  return bridge_side{std::move(*socket), waits};
}

outcome<received> bridge_side::receive(const console& out) {
  for (;;) {
    auto next = socket_.receive(waits_.result);
    if (!next)
      return next;
    if (type_of(next->body) == "ping") {
      if (auto sent = socket_.send({{"type", "pong"}}); !sent)
        return sent.error();
      continue;
    }
    out.note(type_of(next->body), shortened(next->raw, shown_bytes));
    if (type_of(next->body) == "error")
      return failed("the broker reports an error: " + text_of(next->body, "error"));
    return next;
  }
}

outcome<received> bridge_side::await_answer(const console& out) {
  for (;;) {
    auto next = receive(out);
    if (!next || (type_of(next->body) == "backend_response" && !is_pending(next->body)))
      return next;
  }
}

outcome<bool> bridge_side::sees(const std::string& role, const console& out) {
  if (auto sent = socket_.send({{"type", "status"}}); !sent)
    return sent.error();
  for (;;) {
    const auto next = receive(out);
    if (!next)
      return next.error();
    if (type_of(next->body) == "status" && next->body.contains(role))
      return outcome<bool>{boost::system::in_place_value, next->body.value(role, false)};
  }
}

int judge_answer(const json& backend_response) {
  const auto status = backend_response.find("status_code");
  const bool accepted = status != backend_response.end() && status->is_number_integer() && *status == 200;
  const auto data = backend_response.value("data", json::object());
  return accepted && data.value("success", true) ? succeeded : verification_failed;
}

} // namespace mdai::sim
