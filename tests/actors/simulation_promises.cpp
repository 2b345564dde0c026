#include "tests/actors/simulation.hpp"

#include "actors/metered.hpp"
#include "storage/records.hpp"

namespace mdai::test {

using namespace std::chrono_literals;
using nlohmann::json;

// What must hold, whatever the seed.

void simulation::broke(const std::string& promise) {
  if (!broken_.empty())
    return;
  broken_ = promise + "\n";
  for (auto& line : history_)
    broken_ += "  " + line + "\n";
}

void simulation::note(std::string what) {
  history_.push_back(std::to_string(unix_ms(world_->wall()) % 100'000'000) + " " + std::move(what));
  if (history_.size() > 60)
    history_.pop_front();
}

void simulation::hear(std::size_t index, const std::string& text) {
  auto& c = clients_[index];
  auto& s = sessions_[c.session];
  note("  " + std::to_string(index) + " hears " + text.substr(0, 90));
  auto message = json::parse(text);
  auto type = message.at("type").get<std::string>();
  auto now = world_->wall();
  auto& numbered = s.is_bridge() && message.contains("data") ? message["data"] : message;
  if (numbered.contains("number")) {
    auto number = numbered["number"].get<unsigned>();
    auto& last = c.last_number[numbered["from"].get<std::size_t>()];
    if (number <= last)
      broke("a message came twice or out of order");
    last = number;
  }
  auto stored = world_->stored(s.record);
  if (!stored)
    return broke("the journal has lost a session");
  bool says_expired = type == "session_expired" || message.value("error", "") == messages::session_is_expired;
  if (says_expired && now < s.record.expires_at)
    broke("a session ended before its time");
  if (says_expired && type != "auth_failed" && now > s.record.expires_at + 1ms)
    broke("a session lived longer than its time");
  s.is_bridge() ? hear_bridge(c, message, text, *stored) : hear_session(c, message, text, *stored);
}

void simulation::hear_session(client& c, const json& message, const std::string& text, const session_record& stored) {
  auto& s = sessions_[c.session];
  auto type = message.at("type").get<std::string>();
  if (c.who == party::device &&
      (text.find(s.record.platform_id) != text.npos || text.find("\"platform_id\"") != text.npos))
    broke("a platform_id reached a device: " + text);
  if (type == "auth_success") {
    c.seated = true;
    if (c.who == party::device && stored.device_id != c.device_id && stored.final_result.empty())
      broke("a device was let in before its binding was stored");
  }
  if (message.value("error", "") == messages::session_not_found && world_->wall() < s.record.expires_at)
    broke("an acknowledged session was not found");
  if (type == "verification_result" && message["final"].get<bool>() && stored.final_result.empty())
    broke("a final result was told before it was stored");
}

void simulation::check() {
  check_devices();
  check_bridges();
  check_results();
  check_challenges();
  for (auto& s : sessions_)
    for (auto& [key, bodies] : s.bodies)
      if (bodies.size() > 1)
        broke("one Idempotency-Key carried two bodies");
}

// A session that died has its sockets back by then.
bool simulation::settled(const session& s) const { return s.crashed_at + 5s < world_->wall(); }

void simulation::check_devices() {
  std::map<std::string, std::size_t> where;
  std::map<std::size_t, std::string> who;
  for (auto& c : clients_) {
    auto& s = sessions_[c.session];
    if (c.who != party::device || !c.seated || !c.socket->open() || !settled(s) || s.is_bridge())
      continue;
    if (auto [it, fresh] = where.emplace(c.device_id, c.session); !fresh)
      broke(it->second == c.session ? "a device has two seats in one session" : "a device sits in two sessions");
    if (!who.emplace(c.session, c.device_id).second)
      broke("two devices sit in one session");
  }
}

// A result that is on its way stands in the outbox.
void simulation::check_results() {
  for (auto& s : sessions_) {
    auto stored = world_->stored(s.record);
    if (!stored || stored->status != session_status::delivering || s.record.expires_at <= world_->wall())
      continue;
    auto entry = world_->journal->get(storage::column::outbox, storage::outbox_key(s.record.id));
    auto image = world_->journal->get(storage::column::images, storage::outbox_key(s.record.id));
    if (!*entry || !*image)
      broke("a result is lost");
  }
}

void simulation::check_rest() {
  for (auto& c : clients_)
    if (c.socket->open())
      broke("a socket was never closed");
  if (world_->rows(storage::column::outbox) + world_->rows(storage::column::images) > 0)
    broke("a result stayed in the outbox");
  if (world_->rows(storage::column::dead_letters) > 0)
    broke("a result was given up");
  check_spent_challenges();
  for_each_actor_type([this](std::string_view type, const actor_counters& n) {
    if (n.mailbox != 0)
      broke(std::string{type} + " has unread mail");
    bool brief = type == "mdai.session" || type == "mdai.connection" || type == "mdai.backend_call";
    if (brief && n.alive > 0)
      broke(std::to_string(n.alive.load()) + " actors outlive their purpose: " + std::string{type});
  });
}

} // namespace mdai::test
