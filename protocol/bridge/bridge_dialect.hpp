#pragma once
#include "protocol/dialect.hpp"

namespace mdai {

/// The older bridge: apps and hardware that hold the same token, /ws/app and /ws/hardware (bridge_messages.hpp). Some
/// old hardware hangs up on any `error`, so it hears one only where it must go anyway or nobody knows whose result it
/// has.
class bridge_dialect final : public dialect {
public:
  bridge_dialect();

  reading read(party from, const payload& text, const session_view& session) const override;
  payload welcome(party to, const session_record& record, wall_time now) const override;
  payload paired(party to, party who, const session_record& record) const override;
  payload peer_left(party to) const override;
  payload peer_absent(party to) const override;
  payload error(party to, std::string_view text, int code) const override;
  payload expired(party to) const override;
  farewell refusal(party to, std::string_view text, close_code code) const override;
  std::string verdict(const messages::outcome& outcome, const session_record& record) const override;
  std::string delayed(const messages::delay& why, const session_record& record) const override;
  std::string too_few_passes(const session_record& record) const override;
  payload result_refused(party to, std::string_view why, int code) const override;
  payload result_of_nobody(party to) const override;
  payload result_busy(party to, std::string_view delayed) const override;
  payload fitted(party to, payload text) const override;
};

} // namespace mdai
