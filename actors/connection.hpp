#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "actors/auth.hpp"
#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/link.hpp"
#include "protocol/token_bucket.hpp"
#include "transport/websocket.hpp"

namespace mdai {

/// The socket's end of a connection: counts what comes, and hands it to whoever is responsible: the connection actor
/// before authentication, the session afterwards, without a detour. Lives on the socket's loop, like its actor.
class connection_port final : public transport::websocket_handler,
                              public std::enable_shared_from_this<connection_port> {
public:
  connection_port(environment& env, upgrade_claims claims);

  // From the socket.
  void on_open(transport::websocket_ptr socket) override;
  void on_text(payload text) override;
  void on_binary(payload bytes) override;
  void on_pong() override;
  void on_idle_frame(std::size_t bytes) override;
  void on_closing() override;
  void on_closed(const transport::websocket_end& end) override;

  // From the connection actor, on the same thread.
  /// The token is good: from now on the limits are the party's, no longer a stranger's.
  void verified();
  /// The session lives on another loop: the socket goes there, and a new connection actor with it.
  void move_to(transport::loop& to, std::unique_ptr<upgrade_claims> claims, auth_verdict verdict);
  /// The settings have changed.
  void obey_limits();
  /// The next `challenge_response` goes to the connection actor, as its first message did; all else waits.
  void await_proof() { awaiting_proof_ = true; }
  /// The session died: what comes now waits for its successor.
  void hold();
  /// From now on messages go straight to the session; those that waited go first.
  void route_to(const session_actor& session, link_id link);

private:
  void begin(std::unique_ptr<upgrade_claims> claims, std::optional<auth_verdict> verdict);
  bool within_rate(std::size_t bytes);
  void first(payload text);
  bool is_proof(const payload& text) const;
  bool within_unverified(std::size_t bytes);

  environment& env_;
  std::unique_ptr<upgrade_claims> claims_; ///< until the connection actor has them
  const party who_;
  token_bucket rate_;
  token_bucket patience_; ///< refused messages a client may send before it is closed
  transport::websocket_ptr socket_;
  connection_actor connection_;
  session_actor session_;
  link_id link_ = 0;
  std::size_t loop_index_ = 0;
  std::size_t unauthenticated_bytes_ = 0;
  bool verified_ = false;
  bool awaiting_proof_ = false;
  bool first_seen_ = false;    ///< the auth message has come, or none is needed
  std::vector<payload> early_; ///< sent after the auth message but before its answer
};

/// One WebSocket from its upgrade to its end: authenticates it, finds its session, brings it back when the session is
/// restarted.
struct connection_state {
  using interface = connection_actor;
  static inline const char* name = "mdai.connection";

  connection_state(interface::pointer self, environment& env, std::shared_ptr<connection_port> port,
                   transport::websocket_ptr socket, std::unique_ptr<upgrade_claims> claims,
                   std::optional<auth_verdict> verdict);
  /// Dead by accident, its socket closes with it.
  ~connection_state();
  interface::behavior_type make_behavior();

private:
  void on_first_message(const payload& text);
  void on_admitted();
  void on_heartbeat();
  void beat_later();
  void on_closed();
  void on_first_verdict(auth_verdict verdict);
  void on_verdict(auth_verdict verdict);
  void take_in(auth_verdict verdict);
  // A device that must be registered, or prove that it holds its key (actors/connection_proof.cpp).
  void check_device(auth_verdict verdict);
  void challenge_device(auth_verdict verdict, const device_record& device);
  void on_proof(const payload& text);
  void on_auth_overdue();
  void find_session(bool in_last_second, bool resumed);
  void join_session(const session_actor& session, bool resumed);
  void on_session_down(bool by_accident);
  void leave();
  void refuse(std::string_view text, close_code code);

  interface::pointer self_;
  environment& env_;
  std::shared_ptr<connection_port> port_;
  transport::websocket_ptr socket_;
  std::unique_ptr<upgrade_claims> claims_; ///< until it is known who connects, which `link_` says then
  std::optional<auth_verdict> verdict_;    ///< on the upgrade alone, when nothing was missing there
  std::shared_ptr<link> link_;
  session_actor session_;
  struct proof {
    auth_verdict verdict;
    std::string digest; ///< SHA-256 of the right answer
    std::chrono::steady_clock::time_point until;
  };
  std::unique_ptr<proof> proof_; ///< that is awaited
  bool authenticating_ = false, admitted_ = false;
};

} // namespace mdai
