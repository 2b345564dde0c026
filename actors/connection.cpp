#include "actors/connection.hpp"

#include <chrono>
#include <limits>

#include "actors/hosted.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// A session that cannot be found within this time never will be.
constexpr auto find_timeout = 10s;
/// Messages that may wait for authentication, or for a session that is being restarted.
constexpr std::size_t max_early = 256;

metric opened{metric::kind::counter, "mdai_connections_total", "WebSockets opened"};
metric rate_limited{metric::kind::counter, "mdai_rate_limited_total", "Messages refused for coming too fast"};
metric slow{metric::kind::counter, "mdai_slow_consumers_total", "Sockets closed for reading too slowly"};
metric auth_failures{metric::kind::counter, "mdai_auth_failures_total", "Sockets refused before they had a seat"};

token_bucket message_rate(const limits& l) { return {l.messages_per_second, l.message_burst}; }
token_bucket refusal_rate(const limits& l) { return {std::max(1u, l.messages_per_second / 10), l.message_burst}; }

} // namespace

// -- the socket's end -------------------------------------------------------------------------------------------------

connection_port::connection_port(environment& env, upgrade_claims claims)
    : env_(env)
    , claims_(std::make_unique<upgrade_claims>(std::move(claims)))
    , who_(claims_->who)
    , rate_(message_rate(env.now()->settings.limits))
    , patience_(refusal_rate(env.now()->settings.limits)) {}

void connection_port::on_open(transport::websocket_ptr socket) {
  ++opened;
  socket_ = socket;
  std::optional<auth_verdict> verdict;
  if (claims_->complete()) { // then no auth message is awaited, and what comes waits for the seat
    first_seen_ = true;
    verdict = check_auth(*env_.now(), *claims_, {}, env_.wall());
    if (!verdict->problem && !(who_ == party::device && env_.now()->settings.devices.only_registered()))
      verified();
  }
  loop_index_ = socket->home().index();
  connection_ = spawn_on<connection_state>(*env_.system, env_.homes[loop_index_], env_, shared_from_this(),
                                           std::move(socket), std::move(claims_), std::move(verdict));
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
    caf::anon_send(session_, frame{link_, std::move(text)});
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

void connection_port::on_binary(std::size_t size) {
  socket_->consumed(size);
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

// -- the actor --------------------------------------------------------------------------------------------------------

connection_state::connection_state(interface::pointer self, environment& env, std::shared_ptr<connection_port> port,
                                   transport::websocket_ptr socket, std::unique_ptr<upgrade_claims> claims,
                                   std::optional<auth_verdict> verdict)
    : self_(self)
    , env_(env)
    , port_(std::move(port))
    , socket_(std::move(socket))
    , claims_(std::move(claims))
    , verdict_(std::move(verdict)) {}

connection_state::~connection_state() {
  if (!socket_)
    return;
  if (link_ && session_)
    caf::anon_send(session_, link_gone{link_->id});
  socket_->close(close_code::overload, "internal error");
}

connection_actor::behavior_type connection_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& x) { on_session_down(static_cast<bool>(x.reason)); });
  if (verdict_)
    on_verdict(std::move(*verdict_));
  else
    self_->delayed_send(self_, env_.now()->settings.auth.timeout, auth_overdue{});
  return {[this](const first_message& x) { on_first_message(x.text); },
          [this](const admitted&) { on_admitted(); },
          [this](const socket_closed&) { on_closed(); },
          [this](const auth_overdue&) { on_auth_overdue(); },
          [this](const limits_changed&) { port_->obey_limits(); },
          [this](const go_away&) { socket_->close(close_code::going_away, "server going away"); }};
}

void connection_state::on_first_message(const payload& text) {
  if (proof_)
    return on_proof(text);
  if (authenticating_)
    return;
  auto message = messages::parse_auth(text.view(), env_.now()->settings.limits.max_json_depth);
  if (message)
    return on_verdict(check_auth(*env_.now(), *claims_, *message, env_.wall()));
  ++auth_failures;
  authenticating_ = true;
  socket_->close(close_code::bad_first_message, "the first message must be auth");
}

void connection_state::on_verdict(auth_verdict verdict) {
  authenticating_ = true;
  if (verdict.problem)
    return refuse(verdict.problem->text, verdict.problem->code);
  if (claims_->who == party::device && env_.now()->settings.devices.only_registered())
    return check_device(std::move(verdict));
  take_in(std::move(verdict));
}

void connection_state::take_in(auth_verdict verdict) {
  port_->verified();
  link_ = std::make_shared<link>(link{link::next_id(), claims_->who, std::move(verdict.device_id), verdict.session_id,
                                      socket_, connection_actor{self_}, std::move(claims_->trace)});
  claims_.reset(); // its token has done its work
  find_session(verdict.in_last_second, false);
}

void connection_state::find_session(bool in_last_second, bool resumed) {
  self_->request(env_.supervisor_of(link_->session_id), find_timeout, mdai::find_session{link_->session_id})
      .then([this, resumed](const session_actor& session) { join_session(session, resumed); },
            [this, in_last_second](const caf::error& e) {
              if (e == errc::session_over || (e == errc::not_found && in_last_second))
                refuse(messages::session_is_expired, close_code::unauthorized);
              else if (e == errc::not_found)
                refuse(messages::session_not_found, close_code::unknown_session);
              else
                refuse(messages::unavailable, close_code::overload);
            });
}

void connection_state::join_session(const session_actor& session, bool resumed) {
  if (!link_)
    return;
  session_ = session;
  self_->monitor(session);
  self_->send(session, join{link_, resumed});
}

void connection_state::on_admitted() {
  if (!link_)
    return;
  admitted_ = true;
  log::info("joined")
      .with("session_id", link_->session_id.hex())
      .with("request_id", link_->trace.request_id)
      .with("party", mdai::name(link_->who));
  port_->route_to(session_, link_->id);
}

// A session that ends in its own time has closed the sockets that it had. One that died is restarted from its record,
// and this socket takes its seat again.
void connection_state::on_session_down(bool by_accident) {
  if (!link_ || (admitted_ && !by_accident))
    return;
  port_->hold();
  find_session(true, admitted_);
}

void connection_state::on_closed() {
  if (link_ && session_)
    self_->send(session_, link_gone{link_->id});
  link_.reset();
  port_.reset();
  socket_.reset();
  self_->quit();
}

void connection_state::refuse(std::string_view text, close_code code) {
  ++auth_failures;
  log::info("refused")
      .with("request_id", link_ ? link_->trace.request_id : claims_->trace.request_id)
      .with("party", mdai::name(link_ ? link_->who : claims_->who))
      .with("close_code", static_cast<int>(code));
  socket_->send(payload{messages::auth_failed(text)});
  socket_->close(code, std::string{text});
}

} // namespace mdai
