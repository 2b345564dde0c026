#include "actors/connection.hpp"
#include "actors/log.hpp"

/// A connection that has found its session: seated, kept warm, brought back when the session is restarted.
namespace mdai {

void connection_state::on_admitted() {
  if (!link_)
    return;
  if (!std::exchange(admitted_, true))
    beat_later();
  log::info("joined")
      .with("session_id", link_->session_id.hex())
      .with("request_id", link_->trace.request_id)
      .with("party", mdai::name(link_->who));
  port_->route_to(session_, link_->id);
  if (!link_->device_id.empty() && env_.now()->settings.devices.only_registered())
    check_device_again();
}

void connection_state::beat_later() {
  if (!link_->speaks->ways.heartbeat.empty())
    self_->delayed_send(self_, env_.now()->settings.bridge.ping_interval, heartbeat{});
}

void connection_state::on_heartbeat() {
  if (!link_)
    return;
  socket_->send(payload{link_->speaks->ways.heartbeat});
  beat_later();
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
  leave();
}

void connection_state::leave() {
  link_.reset();
  port_.reset();
  socket_.reset();
  self_->quit();
}

} // namespace mdai
