#include "actors/session.hpp"

/// What phones that join and operators ask of a session.
namespace mdai {

session_report session_state::view() const {
  return {machine_.record(), machine_.connected(party::mobile), machine_.connected(party::device)};
}

caf::result<session_record> session_state::on_own(const own_session& x) {
  auto promise = self_->make_response_promise<session_record>();
  owners_.push_back(promise);
  machine_.on_own(x.platform_id, x.hybrid);
  return promise;
}

caf::result<stored> session_state::on_end() {
  if (machine_.over())
    return caf::make_error(errc::session_over);
  auto promise = self_->make_response_promise<stored>();
  ends_.push_back(promise);
  machine_.on_end();
  return promise;
}

void session_state::owned(result<void> whether) {
  auto promise = std::move(owners_.front());
  owners_.pop_front();
  whether ? promise.deliver(machine_.record())
          : promise.deliver(caf::make_error(static_cast<errc>(whether.error().value())));
}

} // namespace mdai
