#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "transport/loop.hpp"
#include "transport/websocket.hpp"

namespace mdai::test {

/// A WebSocket whose client is the test: keeps what the broker does to it, says what the test wants. Keeps
/// the contract of transport::websocket: after a close nothing more is sent or heard, and the first close
/// counts.
class fake_socket final : public transport::websocket {
public:
  fake_socket(transport::loop& home, std::shared_ptr<transport::websocket_handler> handler)
      : home_(home)
      , handler_(std::move(handler)) {}

  // -- what the client does ------------------------------------------------------------------------------------------

  void say(std::string text) {
    if (!open())
      return;
    unconsumed += text.size();
    handler_->on_text(payload{std::move(text)});
  }
  void say_binary(std::string bytes) {
    if (!open())
      return;
    unconsumed += bytes.size();
    handler_->on_binary(payload{std::move(bytes)});
  }
  void pong() {
    if (open())
      handler_->on_pong();
  }
  void ping_us(std::size_t bytes) {
    if (open())
      handler_->on_idle_frame(bytes);
  }
  /// The connection is lost, or the client has answered the broker's close.
  void drop() {
    if (auto handler = std::exchange(handler_, nullptr))
      handler->on_closed({!closed, false, closed ? static_cast<std::uint16_t>(*closed) : std::uint16_t{1006}});
  }
  bool open() const { return handler_ && !closed; }
  /// The connection is not there any more.
  bool gone() const { return !handler_; }

  // -- what it has got -----------------------------------------------------------------------------------------------

  nlohmann::json last() const { return sent.empty() ? nlohmann::json{} : nlohmann::json::parse(sent.back()); }
  std::vector<std::string> types() const {
    std::vector<std::string> out;
    for (auto& text : sent)
      out.push_back(nlohmann::json::parse(text).at("type"));
    return out;
  }

  // -- what the broker does ------------------------------------------------------------------------------------------

  transport::loop& home() const override { return home_; }
  void move_to(transport::loop&, std::function<void()> then) override { then(); }
  void send(payload text) override {
    if (std::exchange(throw_once, false))
      throw std::runtime_error{"a test makes this socket throw"};
    if (!open())
      return;
    sent.emplace_back(text.view());
    if (heard)
      heard(sent.back());
  }
  void close(close_code code, std::string why) override {
    ++closes;
    if (closed)
      return;
    closed = code;
    reason = std::move(why);
    if (handler_)
      handler_->on_closing();
  }
  void ping() override { ++pings; }
  void consumed(std::size_t bytes) override { unconsumed -= std::min(bytes, unconsumed); }
  void set_message_limit(std::size_t bytes) override { message_limit = bytes; }

  std::vector<std::string> sent;
  std::function<void(const std::string&)> heard; ///< what the client does with each message
  std::optional<close_code> closed;
  std::string reason;
  unsigned closes = 0, pings = 0;
  std::size_t unconsumed = 0; ///< of the read window
  std::size_t message_limit = 0;
  bool throw_once = false; ///< the next send throws, as only a bug would

private:
  transport::loop& home_;
  std::shared_ptr<transport::websocket_handler> handler_;
};

using socket_ptr = std::shared_ptr<fake_socket>;

} // namespace mdai::test
