#include "bench/load/talker.hpp"

namespace mdai::load {

talker::talker(loop& on, const site& server, fleet_state& state, dialect kind, identity me, std::size_t size)
    : state_(state)
    , kind_(kind)
    , me_(std::move(me))
    , peer_(on, server, *this) {
  if (size == 0)
    return;
  const auto talk = make_conversation(kind_, me_);
  message_.emplace(talk->code(), talk->wrap(make_message(me_.who, me_.pair, size)));
  const bool filtered = kind_ == dialect::mdai && me_.who == party::device;
  check_.emplace(other(me_.who), me_.pair, size, filtered);
}

void talker::open(std::uint32_t source) { peer_.open(make_conversation(kind_, me_), source); }

void talker::on_ready() {
  ready_ = true;
  ++state_.ready;
}

void talker::on_arrival(std::string_view payload) {
  if (!check_ || !check_->take(payload))
    return fail("heard what nobody said: " + std::string{payload.substr(0, 200)});
  state_.listener->on_heard(*this);
}

void talker::on_end(const std::string& why) { fail(why); }

void talker::fail(const std::string& why) {
  if (std::exchange(failed_, true))
    return;
  ++state_.failed;
  if (state_.first_failure.empty())
    state_.first_failure = std::string{name(me_.who)} + " of pair " + std::to_string(me_.pair) + ": " + why;
}

} // namespace mdai::load
