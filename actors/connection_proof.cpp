#include "actors/connection.hpp"
#include "actors/log.hpp"
#include "protocol/crypto.hpp"
#include "protocol/rsa_key.hpp"

/// Devices that must be registered, and prove that they hold their key: a name alone opens nothing.
namespace mdai {

bool connection_port::is_proof(const payload& text) const {
  return awaiting_proof_ && messages::parse_challenge_response(text.view(), json::deepest).has_value();
}

void connection_state::check_device(auth_verdict verdict, std::string proven_key) {
  self_->request(env_.device_registry, caf::infinite, find_device{verdict.device_id})
      .then(
          [this, verdict, proven_key](const device_record& device) {
            if (!port_) // the socket is gone meanwhile
              return;
            const bool proven = !proven_key.empty();
            if (device.revoked_at || (proven && device.key_der != proven_key))
              return refuse(messages::device_not_registered, close_code::forbidden);
            proven || !env_.now()->settings.devices.prove_identity ? take_in(verdict)
                                                                   : challenge_device(verdict, device);
          },
          [this](const caf::error&) {
            if (port_)
              refuse(messages::device_not_registered, close_code::forbidden);
          });
}

// Seated, it is where a revocation finds it; one that came between the first check and the seat found nobody.
void connection_state::check_device_again() {
  auto gone = [this] {
    if (link_)
      refuse(messages::device_not_registered, close_code::forbidden);
  };
  self_->request(env_.device_registry, caf::infinite, find_device{link_->device_id})
      .then(
          [gone](const device_record& device) {
            if (device.revoked_at)
              gone();
          },
          [gone](const caf::error&) { gone(); });
}

void connection_state::challenge_device(auth_verdict verdict, const device_record& device) {
  auto secret = crypto::random_bytes(32);
  auto key = rsa_key::from_der(device.key_der);
  auto sealed = key ? key->seal(secret) : result<std::string>{key.error()};
  if (!sealed) {
    log::error("challenge_not_made").with("device_id", device.device_id).with("why", sealed.error().message());
    return refuse(messages::unavailable, close_code::overload);
  }
  auto patience = env_.now()->settings.auth.timeout;
  proof_ = std::make_unique<proof>(
      proof{std::move(verdict), crypto::sha256(secret), device.key_der, env_.steady() + patience});
  port_->await_proof();
  socket_->send(payload{messages::identity_challenge(*sealed)});
  self_->delayed_send(self_, patience, auth_overdue{});
}

void connection_state::on_auth_overdue() {
  if (!authenticating_)
    return socket_->close(close_code::auth_timeout, "no auth message in time");
  if (!proof_ || env_.steady() < proof_->until) // that was the auth message's time, which came
    return;
  proof_.reset(); // an answer that comes now finds nobody
  refuse(messages::identity_not_proven, close_code::forbidden);
}

void connection_state::on_proof(const payload& text) {
  auto awaited = std::move(proof_);
  auto response = messages::parse_challenge_response(text.view(), env_.now()->settings.limits.max_json_depth);
  if (!response || !crypto::equal_constant_time(crypto::sha256(*response), awaited->digest))
    return refuse(messages::identity_not_proven, close_code::forbidden);
  check_device(std::move(awaited->verdict), std::move(awaited->key_der)); // it may have been revoked meanwhile
}

} // namespace mdai
