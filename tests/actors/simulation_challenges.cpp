#include <utility>

#include "storage/records.hpp"
#include "tests/actors/simulation.hpp"
#include "tests/support/test_key.hpp"

/// Challenges in the simulation: what is told of them, and what a crash leaves.
namespace mdai::test {

using outcome = challenge_answer::outcome;

void simulation::pose_challenge() {
  issue_challenge order;
  order.device_id = "TEE-1";
  order.kind = chance(60) ? challenge_kind::wifi : challenge_kind::websocket;
  if (order.kind == challenge_kind::wifi) {
    order.ssid = "net";
    order.password = "pass";
  }
  auto made = world_->ask<issued_challenge>(world_->env.challenges, order);
  world_->run();
  note(std::string{"a challenge is "} + (made->value ? "posed" : "refused"));
  if (!made->value)
    return;
  challenges_.push_back(
      {made->value->id, test_key::number(0).open(made->value->sealed), world_->wall() + made->value->expires_in});
  if (!stored(challenges_.back()))
    broke("a challenge was acknowledged that is not stored");
}

void simulation::answer_challenge() {
  if (challenges_.empty())
    return;
  auto which = challenges_.size() - 1 - pick(std::min<std::size_t>(challenges_.size(), 3));
  auto& c = challenges_[which];
  bool right = chance(50);
  note("challenge " + std::to_string(which) + " is answered " + (right ? "right" : "wrong"));
  auto reply = world_->ask<challenge_answer>(world_->env.challenges,
                                             mdai::answer_challenge{c.id, right ? c.right : "wrong", "r"});
  answers_.push_back({which, right, world_->wall(), std::move(reply)});
}

std::optional<challenge_record> simulation::stored(const posed_challenge& c) const {
  auto bytes = world_->journal->get(storage::column::challenges, storage::challenge_key(c.id));
  return *bytes ? std::optional{*storage::decode_challenge(**bytes)} : std::nullopt;
}

void simulation::check_challenges() {
  std::erase_if(answers_, [this](const answered_challenge& a) {
    if (a.reply->value)
      check_reply(challenges_[a.which], a);
    return a.reply->arrived();
  });
}

void simulation::check_reply(posed_challenge& c, const answered_challenge& a) {
  auto on_disk = stored(c);
  if (!on_disk)
    return broke("the journal has lost a challenge");
  switch (auto& told = *a.reply->value; told.what) {
  case outcome::opened:
    if (!a.right || a.at >= c.expires_at || c.wrong >= challenge::max_wrong_answers)
      broke("a challenge opened that must not");
    if (++c.opened > 1)
      broke("a challenge opened twice");
    if (on_disk->status != challenge_status::used)
      broke("a challenge opened before that was stored");
    if (told.opened.kind == challenge_kind::websocket && world_->stored(told.session) != told.session)
      broke("a challenge gave a session that is not stored");
    return;
  case outcome::wrong:
    if (a.right || ++c.wrong > challenge::max_wrong_answers || on_disk->wrong_answers < c.wrong)
      broke("a wrong answer was miscounted");
    return;
  case outcome::expired:
    if (world_->wall() < c.expires_at)
      broke("a challenge expired before its time");
    return;
  case outcome::used:
  case outcome::killed:
    return;
  default:
    broke("a challenge is not known any more");
  }
}

void simulation::check_spent_challenges() {
  for (auto& c : challenges_)
    if (auto r = stored(c); !r || r->status == challenge_status::open || !r->ssid.empty() || !r->password.empty())
      broke("a challenge outlives its time, or its secrets do");
}

} // namespace mdai::test
