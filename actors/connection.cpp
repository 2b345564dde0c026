#include "actors/connection.hpp"

#include <chrono>

#include "actors/log.hpp"
#include "actors/metric.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// A session that cannot be found within this time never will be.
constexpr auto find_timeout = 10s;

metric auth_failures{metric::kind::counter, "mdai_auth_failures_total", "Sockets refused before they had a seat"};

} // namespace

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
          [this](const heartbeat&) { on_heartbeat(); },
          [this](const go_away&) { socket_->close(close_code::going_away, "server going away"); }};
}

void connection_state::on_first_message(const payload& text) {
  if (proof_)
    return on_proof(text);
  if (authenticating_)
    return;
  auto message = messages::parse_auth(text.view(), env_.now()->settings.limits.max_json_depth);
  if (message)
    return on_first_verdict(check_auth(*env_.now(), *claims_, *message, env_.wall()));
  ++auth_failures;
  authenticating_ = true;
  socket_->close(close_code::bad_first_message, "the first message must be auth");
}

void connection_state::on_first_verdict(auth_verdict verdict) {
  if (verdict.problem || &env_.loop_of(verdict.session_id) == &socket_->home())
    return on_verdict(std::move(verdict));
  if (!needs_registration(*env_.now(), *claims_))
    port_->verified();
  port_->move_to(env_.loop_of(verdict.session_id), std::move(claims_), std::move(verdict));
  leave(); // a new one goes on there
}

void connection_state::on_verdict(auth_verdict verdict) {
  authenticating_ = true;
  if (verdict.problem)
    return refuse(verdict.problem->text, verdict.problem->code);
  if (needs_registration(*env_.now(), *claims_))
    return check_device(std::move(verdict));
  take_in(std::move(verdict));
}

void connection_state::take_in(auth_verdict verdict) {
  port_->verified();
  link_ = std::make_shared<link>(link{link::next_id(), claims_->who, std::move(verdict.device_id), verdict.session_id,
                                      socket_, connection_actor{self_}, std::move(claims_->trace),
                                      &dialect_of(claims_->speaks)});
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

void connection_state::refuse(std::string_view text, close_code code) {
  ++auth_failures;
  auto who = link_ ? link_->who : claims_->who;
  auto farewell = (link_ ? *link_->speaks : dialect_of(claims_->speaks)).refusal(who, text, code);
  log::info("refused")
      .with("request_id", link_ ? link_->trace.request_id : claims_->trace.request_id)
      .with("party", mdai::name(who))
      .with("close_code", static_cast<int>(farewell.code));
  if (!farewell.text.empty())
    socket_->send(farewell.text);
  socket_->close(farewell.code, std::string{farewell.reason});
}

} // namespace mdai
