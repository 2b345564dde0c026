#pragma once
#include <optional>

#include "bench/load/payload.hpp"
#include "bench/load/ws_peer.hpp"

namespace mdai::load {

class talker;

/// Who hears what talkers hear.
class talk_events {
public:
  virtual void on_heard(talker& by) = 0;

protected:
  ~talk_events() = default;
};

/// What all talkers of a fleet have in common.
struct fleet_state {
  std::size_t ready = 0, failed = 0;
  std::string first_failure; ///< a sentence, empty while all is well
  talk_events* listener = nullptr;
};

/// One side of a pair: says its message over and over, and checks every byte of what it hears.
class talker final : ws_peer_events {
public:
  /// `size` of its messages in bytes; 0: it never says a word.
  talker(loop& on, const site& server, fleet_state& state, dialect kind, identity me, std::size_t size);

  void open(std::uint32_t source);
  void close() { peer_.close(); }

  /// Says its next message; within on_heard it is sent with all others of that turn, else by flush().
  void say() { message_->append_to(peer_.out(), said_++); }
  void flush() { peer_.flush(); }

  const identity& who() const { return me_; }
  std::uint32_t said() const { return said_; }
  std::uint32_t heard() const { return check_ ? check_->heard() : 0; }

private:
  void on_ready() override;
  void on_arrival(std::string_view payload) override;
  void on_end(const std::string& why) override;
  void fail(const std::string& why);

  fleet_state& state_;
  dialect kind_;
  identity me_;
  ws_peer peer_;
  std::optional<stamped_frame> message_;
  std::optional<arrival_check> check_;
  std::uint32_t said_ = 0;
  bool ready_ = false, failed_ = false;
};

} // namespace mdai::load
