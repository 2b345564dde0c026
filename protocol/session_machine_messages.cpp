#include "protocol/session_machine.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mdai {
namespace {

/// In messages of a mobile that wait for its platform_id to be stored: twice the largest one by default.
constexpr std::size_t max_held_bytes = 2u << 20;

} // namespace

// -- messages ---------------------------------------------------------------------------------------------------------

void session_machine::on_message(link_id link, const payload& text, wall_time now) {
  auto who = party_of(link);
  if (!who)
    return;
  if (introduction_ && *who == party::mobile) {
    auto bytes = std::accumulate(held_.begin(), held_.end(), text.size(),
                                 [](std::size_t sum, const payload& p) { return sum + p.size(); });
    if (held_.size() >= max_held || bytes > max_held_bytes)
      return port_.close(link, close_code::overload, "too many messages before the answer");
    return held_.push_back(text);
  }
  on_words(*who, text, now);
}

session_view session_machine::view(wall_time now) const {
  return {record_, filter_, connected(party::mobile), connected(party::device), now, policy_.max_json_depth};
}

void session_machine::on_words(party who, const payload& text, wall_time now) {
  using ask = reading::ask;
  auto said = dialect_.read(who, text, view(now));
  if (said.what == ask::bad)
    return bad_message(who, said.problem);
  seats_[who].bad_in_a_row = 0;
  switch (said.what) {
  case ask::relay:
    return said.platform_id.empty() ? relay(other(who), std::move(said.text)) : identify(std::move(said));
  case ask::answer:
    return reply(who, std::move(said.text));
  case ask::auth:
    return on_auth(who, text.view(), now);
  case ask::submit:
    return on_submission(std::move(said));
  default:
    return;
  }
}

void session_machine::on_binary(link_id link) {
  if (auto who = party_of(link))
    bad_message(*who, "Binary messages are not supported");
}

void session_machine::bad_message(party who, std::string_view text) {
  reply(who, dialect_.error(who, text, 400));
  if (++seats_[who].bad_in_a_row < policy_.bad_messages_in_a_row)
    return;
  auto link = seats_[who].link;
  port_.close(link, close_code::policy, "too many bad messages");
  on_gone(link);
}

// Authenticated by the upgrade already: an auth message that comes is checked all the same, and answered.
void session_machine::on_auth(party who, std::string_view text, wall_time now) {
  auto link = seats_[who].link;
  auto message = messages::parse_auth(text, policy_.max_json_depth);
  auto refusal = message ? port_.recheck(link, who, *message) : std::nullopt;
  if (!refusal)
    return tell(who, dialect_.welcome(who, record_, now));
  port_.refused(link, refusal->text, refusal->code);
  on_gone(link);
}

void session_machine::relay(party to, payload text) {
  if (connected(to))
    return port_.send(seats_[to].link, std::move(text));
  reply(other(to), dialect_.peer_absent(other(to)));
}

// -- whose session it is ----------------------------------------------------------------------------------------------

// The device hears of it when it is on the disk: what it asks for after that must find it, whatever dies between.
void session_machine::identify(reading said) {
  if (said.platform_id == record_.platform_id && !unstored_before_)
    return relay(party::device, std::move(said.text));
  // The platform may still speak of the one before, whom nothing would hide from the device any more.
  if (!record_.alias.empty() && (record_.status != session_status::open || concluding_))
    return reply(party::mobile, dialect_.error(party::mobile, messages::delivery_under_way, 409));
  record_.final_result.clear();
  if (!unstored_before_)
    unstored_before_ = record_.platform_id;
  remember(record_.platform_id);
  belongs_to(std::move(said.platform_id));
  introduction_ = std::move(said.text);
  port_.store(next_record(), milestone::identified);
}

// Nobody who was named once is shown to the hardware later, within reason: a session has some minutes.
void session_machine::remember(const std::string& platform_id) {
  constexpr std::size_t most = 32, longest = 512;
  auto& all = record_.earlier_ids;
  if (platform_id.empty() || platform_id.size() > longest || record_.alias.empty() ||
      std::find(all.begin(), all.end(), platform_id) != all.end())
    return;
  all.push_back(platform_id);
  if (all.size() > most)
    all.erase(all.begin());
}

void session_machine::belongs_to(std::string platform_id) {
  record_.platform_id = std::move(platform_id);
  filter_ = privacy_filter{record_.platform_id};
}

void session_machine::on_identified(bool stored, wall_time now) {
  if (!introduction_)
    return;
  auto text = *std::exchange(introduction_, std::nullopt);
  auto link = seats_[party::mobile].link;
  if (stored || !submitting_) // a result that came behind it takes the name to the disk, or does not
    settle_person(stored);
  if (stored)
    relay(party::device, std::move(text));
  else
    reply(party::mobile, dialect_.error(party::mobile, messages::unavailable, 503));
  for (auto& waiting : std::exchange(held_, {}))
    on_message(link, waiting, now);
}

void session_machine::settle_person(bool stored) {
  auto before = std::exchange(unstored_before_, std::nullopt);
  if (before && !stored)
    belongs_to(std::move(*before));
}

// -- results ----------------------------------------------------------------------------------------------------------

void session_machine::on_submission(reading said) {
  if (record_.status != session_status::open || concluding_)
    return reply(party::device, dialect_.result_busy(party::device, delayed_));
  // Whom the device names counts for this result alone: the next one may be another's.
  auto whose = record_.platform_id.empty() ? std::move(said.platform_id) : record_.platform_id;
  if (whose.empty())
    return tell(party::device, dialect_.result_of_nobody(party::device));
  if (!said.submission)
    return refuse_result(said.problem, 400);
  if (said.submission->passes < policy_.min_consecutive_passes)
    return tell_both(dialect_.too_few_passes(record_));
  record_.status = session_status::delivering;
  record_.final_result.clear();
  ++record_.rounds;
  submitting_ = true;
  said.submission->platform_id = std::move(whose);
  port_.submit(record_, std::move(*said.submission));
}

void session_machine::refuse_result(std::string_view why, int code) {
  for (auto p : {party::mobile, party::device})
    tell(p, dialect_.result_refused(p, why, code));
}

void session_machine::on_submitted(bool stored) {
  submitting_ = false;
  if (!introduction_) // else that is answered next
    settle_person(stored);
  if (stored || record_.status != session_status::delivering)
    return;
  record_.status = session_status::open;
  --record_.rounds;
  port_.store(next_record()); // another change may have been stored meanwhile, with the result that is not
  if (!ended_)
    refuse_result(messages::not_stored, 503);
}

void session_machine::on_delivery_pending(const messages::delay& why) {
  if (ended_ || record_.status != session_status::delivering || !delayed_.empty())
    return;
  delayed_ = dialect_.delayed(why, record_);
  tell_both(delayed_);
}

void session_machine::on_outcome(const messages::outcome& outcome) {
  // Open: the record that came back from a restart is older than the result, or has this verdict already.
  if (is_active(record_.status)) {
    record_.final_result = dialect_.verdict(outcome, record_);
    record_.rounds = std::max(record_.rounds, outcome.round);
    record_.status = !dialect_.ways.ends_with_verdict ? session_status::open
                     : outcome.success                ? session_status::completed
                                                      : session_status::failed;
    concluding_ = true;
  }
  port_.store_final(record_);
}

void session_machine::on_final_stored() {
  concluding_ = false;
  delayed_.clear();
  if (dialect_.ways.ends_with_verdict) {
    settled_ = true;
    return dismiss([this](party p, link_id link) { send_final(p, link); });
  }
  tell_both(record_.final_result);
}

// -- the one way out --------------------------------------------------------------------------------------------------

void session_machine::tell_link(party to, link_id link, payload text) {
  if (text.empty())
    return;
  if (to == party::device) {
    auto clean = filter_.clean(text, json::deepest); // the backend may nest deeper than clients
    text = clean ? dialect_.fitted(to, std::move(*clean)) : dialect_.error(to, "Message withheld", 500);
  }
  if (!text.empty())
    port_.send(link, std::move(text));
}

void session_machine::tell(party to, payload text) {
  if (connected(to))
    tell_link(to, seats_[to].link, std::move(text));
}

void session_machine::reply(party to, payload text) {
  if (text.empty())
    return port_.dropped(to);
  tell(to, std::move(text));
}

void session_machine::tell_both(const std::string& text) {
  for (auto p : {party::mobile, party::device})
    tell(p, payload{text});
}

} // namespace mdai
