#include <limits>

#include "actors/connection.hpp"
#include "actors/frame_element.hpp"
#include "actors/hosted.hpp"
#include "actors/metric.hpp"

/// The socket's end of a connection.
namespace mdai {
namespace {

/// Messages that may wait for authentication, or for a session that is being restarted.
constexpr std::size_t max_early = 256;

metric opened{metric::kind::counter, "mdai_connections_total", "WebSockets opened"};
metric rate_limited{metric::kind::counter, "mdai_rate_limited_total", "Messages refused for coming too fast"};
metric slow{metric::kind::counter, "mdai_slow_consumers_total", "Sockets closed for reading too slowly"};

token_bucket message_rate(const limits& l) { return {l.messages_per_second, l.message_burst}; }
token_bucket refusal_rate(const limits& l) { return {std::max(1u, l.messages_per_second / 10), l.message_burst}; }

} // namespace

connection_port::connection_port(environment& env, upgrade_claims claims)
    : env_(env)
    , claims_(std::make_unique<upgrade_claims>(std::move(claims)))
    , who_(claims_->who)
    , rate_(message_rate(env.now()->settings.limits))
    , patience_(refusal_rate(env.now()->settings.limits)) {}

void connection_port::on_open(transport::websocket_ptr socket) {
  ++opened;
  socket_ = std::move(socket);
  if (!claims_->complete())
    return begin(std::move(claims_), std::nullopt);
  first_seen_ = true; // no auth message is awaited: what comes waits for the seat
  auto config = env_.now();
  auto verdict = check_auth(*config, *claims_, {}, env_.wall());
  if (verdict.problem)
    return begin(std::move(claims_), std::move(verdict));
  if (!needs_registration(*config, *claims_))
    verified();
  auto& home = env_.loop_of(verdict.session_id);
  if (&home == &socket_->home())
    return begin(std::move(claims_), std::move(verdict));
  move_to(home, std::move(claims_), std::move(verdict));
}

// The session's loop is where all that the two parties say is handled: from there it crosses no thread any more.
void connection_port::move_to(transport::loop& to, std::unique_ptr<upgrade_claims> claims, auth_verdict verdict) {
  if (connection_) {
    env_.connections[loop_index_].remove(connection_.id());
    connection_ = nullptr;
  }
  struct luggage {
    std::shared_ptr<connection_port> port;
    std::unique_ptr<upgrade_claims> claims;
    auth_verdict verdict;
  };
  auto all = std::make_shared<luggage>(luggage{shared_from_this(), std::move(claims), std::move(verdict)});
  socket_->move_to(to, [all] { all->port->begin(std::move(all->claims), std::move(all->verdict)); });
}

void connection_port::begin(std::unique_ptr<upgrade_claims> claims, std::optional<auth_verdict> verdict) {
  loop_index_ = socket_->home().index();
  connection_ = spawn_on<connection_state>(*env_.system, env_.homes[loop_index_], env_, shared_from_this(), socket_,
                                           std::move(claims), std::move(verdict));
  env_.connections[loop_index_].add(connection_);
  if (env_.ready.draining) // its handshake was under way when the others were told
    caf::anon_send(connection_, go_away{});
}

void connection_port::verified() {
  verified_ = true;
  if (!socket_) // gone already
    return;
  auto config = env_.now();
  auto& limits = config->settings.limits;
  socket_->set_message_limit(who_ == party::device ? limits.device_max_message_bytes : limits.max_message_bytes);
}

void connection_port::obey_limits() {
  auto config = env_.now();
  rate_ = message_rate(config->settings.limits);
  patience_ = refusal_rate(config->settings.limits);
  if (verified_)
    verified();
}

bool connection_port::within_rate(std::size_t bytes) {
  auto now = env_.steady();
  if (rate_.take(now))
    return true;
  ++rate_limited;
  caf::anon_send(session_, excess_frame{link_, bytes, !patience_.take(now)});
  return false;
}

void connection_port::on_text(payload text) {
  if (!session_)
    return first(std::move(text));
  if (within_rate(text.size()))
    send_frame(session_, {link_, std::move(text)});
}

// What a client sends behind its auth message waits for the answer, within the few bytes a stranger may send.
void connection_port::first(payload text) {
  if (!within_unverified(text.size()))
    return;
  bool expected = is_proof(text);
  if (std::exchange(first_seen_, true) && !expected) {
    if (early_.size() >= max_early) // empty messages count too
      return socket_->close(close_code::overload, "too many messages before the answer");
    return early_.push_back(std::move(text));
  }
  awaiting_proof_ = awaiting_proof_ && !expected;
  socket_->consumed(text.size());
  caf::anon_send(connection_, first_message{std::move(text)});
}

bool connection_port::within_unverified(std::size_t bytes) {
  if (verified_)
    return true;
  unauthenticated_bytes_ += bytes;
  if (unauthenticated_bytes_ <= env_.now()->settings.limits.unauthenticated_bytes)
    return true;
  socket_->close(close_code::too_big, "too much before authentication");
  return false;
}

// They cost us as much as a message does, so they count as one.
void connection_port::on_idle_frame(std::size_t bytes) {
  constexpr std::size_t frame_header = 6; // an empty one is not for nothing
  if (session_)
    within_rate(0);
  else
    within_unverified(bytes + frame_header);
}

void connection_port::on_binary(payload bytes) {
  socket_->consumed(bytes.size());
  if (!session_)
    first({}); // as bad as an empty text, and in its turn
  else if (within_rate(0))
    caf::anon_send(session_, binary_frame{link_});
}

void connection_port::on_pong() {
  if (session_)
    caf::anon_send(session_, link_pong{link_});
}

// Whoever talks to a socket that is being given up is told at once that nobody is there.
void connection_port::on_closing() {
  if (session_)
    caf::anon_send(std::exchange(session_, nullptr), link_gone{link_});
  first_seen_ = true;
}

void connection_port::on_closed(const transport::websocket_end& end) {
  if (end.slow_consumer)
    ++slow;
  socket_.reset();
  session_ = nullptr;
  if (!connection_) // on its way between two loops
    return;
  env_.connections[loop_index_].remove(connection_.id());
  caf::anon_send(connection_, socket_closed{});
  connection_ = nullptr;
}

void connection_port::hold() {
  session_ = nullptr;
  if (socket_)
    socket_->consumed(std::numeric_limits<std::size_t>::max()); // what it had taken died with it
}

void connection_port::route_to(const session_actor& session, link_id link) {
  if (!socket_)
    return;
  session_ = session;
  link_ = link;
  for (auto& text : std::exchange(early_, {}))
    on_text(std::move(text));
}

} // namespace mdai
