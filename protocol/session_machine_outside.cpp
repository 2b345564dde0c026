#include <utility>

#include "protocol/session_machine.hpp"

namespace mdai {

// -- whose session it is ----------------------------------------------------------------------------------------------

void session_machine::on_own(std::string platform_id, bool hybrid) {
  owners_.push_back({std::move(platform_id), hybrid});
  next_owner();
}

// A binding that is on its way to the disk would not know of the owner, so that is awaited first.
void session_machine::next_owner() {
  while (!joining_ && !owning_ && !owners_.empty()) {
    auto next = std::move(owners_.front());
    owners_.pop_front();
    if (!dialect_.ways.joined_by_id)
      port_.owned(errc::not_found);
    else if (over())
      port_.owned(errc::session_over);
    else if (record_.platform_id == next.platform_id)
      port_.owned({});
    else if (!record_.platform_id.empty())
      port_.owned(errc::not_found);
    else
      own(std::move(next));
  }
}

void session_machine::own(owner next) {
  owning_ = std::move(next);
  port_.store(next_record(), milestone::owned);
}

session_record session_machine::next_record() const {
  auto next = record_;
  if (owning_) {
    next.platform_id = owning_->platform_id;
    next.hybrid = owning_->hybrid;
  }
  return next;
}

void session_machine::on_owned(bool stored) {
  if (!owning_)
    return;
  auto next = *std::exchange(owning_, std::nullopt);
  if (stored) {
    record_.hybrid = next.hybrid;
    belongs_to(std::move(next.platform_id));
  }
  port_.owned(stored ? result<void>{} : errc::journal_unavailable);
  next_owner();
}

// -- how it ends ------------------------------------------------------------------------------------------------------

void session_machine::on_end() {
  if (over())
    return;
  record_.status = session_status::ended;
  refuse_waiting(messages::session_is_expired, close_code::unauthorized);
  port_.store(next_record(), milestone::ended);
}

void session_machine::on_ended() {
  dismiss([this](party p, link_id link) {
    tell_link(p, link, dialect_.ended(p));
    port_.close(link, close_code::unauthorized, "session ended");
  });
}

void session_machine::on_revoked(std::string_view device_id) {
  auto link = seats_[party::device].link;
  if (link == 0 || record_.device_id != device_id)
    return;
  port_.refused(link, messages::device_not_registered, close_code::forbidden);
  on_gone(link);
}

void session_machine::on_expire() {
  if (std::exchange(ended_, true))
    return;
  refuse_waiting(messages::session_is_expired, close_code::unauthorized);
  dismiss([this](party p, link_id link) {
    tell_link(p, link, dialect_.expired(p));
    port_.close(link, close_code::unauthorized, messages::session_is_expired);
  });
}

} // namespace mdai
