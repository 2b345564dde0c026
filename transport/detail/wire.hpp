#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transport/detail/poller.hpp"
#include "transport/loop.hpp"

namespace mdai::transport::detail {

/// Who a wire talks to. Every call in a turn of the loop; in each the wire may be closed and its owner retired
/// (loop::retire), so both live on until the turn's end.
class wire_owner {
public:
  /// TLS is agreed on; a plain wire says so at once.
  virtual void on_secured() {}
  /// input() is not empty.
  virtual void on_input() = 0;
  /// All that was written is with the kernel.
  virtual void on_flushed() {}
  /// Nothing more comes: the peer has ended its half, and what it said before was offered; or (`broken`) nothing more
  /// goes either.
  virtual void on_lost(bool broken) = 0;

protected:
  ~wire_owner() = default;
};

/// A connected socket, plain or TLS: one receive when it is ready, one send at the end of a turn. On its loop's thread.
class wire final : private watched {
public:
  /// Takes the descriptor, which does not block.
  wire(loop& home, int fd);
  ~wire() { close(); }
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;

  /// Begins with `owner`, plain or under `tls`, which is on the channel of this loop.
  void start(wire_owner& owner, std::unique_ptr<tls_session> tls);
  /// From now on it talks to another.
  void set_owner(wire_owner& owner) { owner_ = &owner; }
  loop& home() const { return *home_; }
  /// nullptr when plain.
  const tls_session* tls() const { return tls_.get(); }
  bool is_open() const { return fd_ >= 0; }

  /// What has come and is not consumed; valid during on_input.
  std::string_view input() const { return input_; }
  void consume(std::size_t bytes) { input_.remove_prefix(bytes); }
  /// Gives back what was consumed, in front of what comes.
  void put_back(std::string bytes);
  /// While false nothing is received: TCP slows the peer down. Made true again, what is left over is offered soon.
  void want_input(bool wanted);
  /// Whether something is left over.
  bool has_rest() const { return !rest_.empty(); }

  /// What is left over is offered to the owner in a later turn.
  void offer_soon();

  /// Holds the bytes back until the end of the turn.
  void write(std::string_view bytes);
  /// Written and not yet with the kernel.
  std::size_t pending() const { return held_.size() + out_.size() - sent_; }
  /// What was written since the last flush that the kernel took, and is not on its way: taken back, but for what stood
  /// there at the last hold_firmly(). Whole writes, never a part of one.
  void drop_held() { held_.resize(firm_); }
  void hold_firmly() { firm_ = held_.size(); }
  /// Sends now what can be sent.
  void flush();
  /// Behind what is pending: says goodbye in TLS, then ends our half.
  void finish();
  void close();

  /// Is another loop's from now on, on whose thread settle() follows. Nothing is read meanwhile. Not within a call of
  /// the owner.
  void move_to(loop& to);
  void settle();

  /// From the poller: what is left over is offered again.
  void offer_rest();

private:
  void on_ready(std::uint32_t events) override;
  void receive();
  void decrypt(std::size_t bytes);
  void read_plaintext();
  bool shake_hands();
  void offer(std::size_t bytes);
  void mark();
  bool push();
  bool load();
  bool push_cipher();
  void end_half();
  void watch(bool input, bool output);
  std::uint32_t events() const;
  void lose(bool broken);

  loop* home_;
  poller* poller_;
  int fd_;
  wire_owner* owner_ = nullptr;
  std::unique_ptr<tls_session> tls_;
  std::string_view input_;
  std::string rest_;         ///< input that outlives its turn
  std::string held_;         ///< written since the last flush
  std::string out_;          ///< on its way: what was held before, in TLS its ciphertext
  std::size_t firm_ = 0;     ///< of held_
  std::size_t sent_ = 0;     ///< of out_
  std::size_t answered_ = 0; ///< that OpenSSL has said by itself since the kernel last took all
  bool serving_ = false, marked_ = false;
  bool wanted_ = true, watching_input_ = false, watching_output_ = false;
  bool finishing_ = false, goodbye_ = false, finished_ = false;
  bool ended_ = false, broken_ = false; ///< the peer's half, and all of it
  bool end_untold_ = false;             ///< the owner hears of the end behind what is left over
};

} // namespace mdai::transport::detail
