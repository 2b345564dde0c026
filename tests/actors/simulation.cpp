#include "tests/actors/simulation.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mdai::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t devices = 3, live_sessions = 4;

settings simulated_settings() {
  auto s = test_settings();
  s.limits.messages_per_second = 1000;
  s.limits.message_burst = 1000;
  return s;
}

} // namespace

simulation::simulation(std::uint64_t seed)
    : random_(seed)
    , dice_(seed) {
  start({}, from_unix_ms(1'764'000'000'000));
}

simulation::~simulation() = default;

void simulation::start(storage::memory_journal journal, wall_time wall) {
  journal.fail_commits(false);
  (void)journal.resume();
  disk_fails_ = false;
  world_ = std::make_unique<actor_world>(simulated_settings(), std::move(journal), wall, [this] {
    return std::uniform_real_distribution<double>{0, 1}(dice_);
  });
  world_->platform->script = [this](fake_platform::call& call) {
    auto key = *object_id::parse(call.request.headers.get("Idempotency-Key"));
    for (auto& s : sessions_)
      if (s.record.id == key)
        s.bodies.insert(call.request.body);
  };
}

// -- what happens ----------------------------------------------------------------------------------------------------

void simulation::step() {
  using event = void (simulation::*)();
  static constexpr std::pair<unsigned, event> events[] = {
      {60, &simulation::create},        {190, &simulation::connect},        {300, &simulation::speak},
      {80, &simulation::drop},          {80, &simulation::answer_platform}, {20, &simulation::turn_disk},
      {10, &simulation::crash_session}, {2, &simulation::crash_process},    {100, &simulation::pass_time},
      {158, &simulation::run_some},
  };
  auto ticket = pick(1000);
  for (auto& [weight, happen] : events) {
    if (ticket < weight) {
      (this->*happen)();
      break;
    }
    ticket -= weight;
  }
  check();
}

object_id simulation::next_id() {
  object_id::bytes b{};
  ++ids_;
  for (int i = 0; i < 4; ++i)
    b[static_cast<std::size_t>(11 - i)] = static_cast<std::uint8_t>(ids_ >> (8 * i));
  return object_id{b};
}

void simulation::create() {
  std::size_t alive = 0;
  for (auto& s : sessions_)
    alive += s.record.expires_at > world_->wall();
  if (alive >= live_sessions)
    return;
  auto id = next_id();
  auto made =
      world_->ask<session_record>(world_->supervisor(), create_session{id, "PLT_person" + std::to_string(ids_), "r"});
  world_->run();
  note("create " + id.hex() + (made->value ? "" : " refused"));
  if (!made->value)
    return;
  if (world_->stored(*made->value) != made->value)
    broke("a session was acknowledged that is not stored");
  sessions_.push_back({*made->value, 0, {}, false, {}});
}

void simulation::connect() {
  if (sessions_.empty())
    return;
  auto index = sessions_.size() - 1 - pick(std::min<std::size_t>(sessions_.size(), live_sessions + 1));
  auto& r = sessions_[index].record;
  auto name = "RDK_" + std::to_string(pick(devices));
  bool phone = chance(40);
  auto socket = phone ? world_->connect_mobile(r) : world_->connect_device(r, name);
  clients_.push_back({socket, index, phone ? party::mobile : party::device, phone ? "" : name, false, {}});
  socket->heard = [this, me = clients_.size() - 1](const std::string& text) { hear(me, text); };
  note("connect " + std::to_string(clients_.size() - 1) + " to " + r.id.hex() + " as " + (phone ? "mobile" : name));
}

simulation::client* simulation::pick_open() {
  std::vector<client*> open;
  for (auto& c : clients_)
    if (c.socket->open())
      open.push_back(&c);
  return open.empty() ? nullptr : open[pick(open.size())];
}

void simulation::speak() {
  auto c = pick_open();
  if (!c)
    return;
  auto from = static_cast<std::size_t>(
      std::find_if(clients_.begin(), clients_.end(), [c](auto& x) { return &x == c; }) - clients_.begin());
  auto platform_id = sessions_[c->session].record.platform_id;
  std::string text;
  switch (pick(10)) {
  case 0:
    text = R"({"type":"ping","x":")" + platform_id + R"("})";
    break;
  case 1:
    text = "nonsense";
    break;
  case 2:
    c->socket->say_binary("0123456789");
    return;
  case 3:
    c->socket->pong();
    return;
  case 4:
  case 5:
    text = json{{"type", "submit_result"},
                {"image", chance(50) ? "aGVsbG8=" : "d29ybGQ="},
                {"consecutive_passes", chance(80) ? 5 : 4},
                {"note", platform_id}}
               .dump();
    break;
  case 6:
    text = R"({"type":"progress","value":250,"platform_id":"x"})";
    break;
  default:
    text = json{{"type", c->who == party::mobile ? "to_device" : "to_mobile"},
                {"from", from},
                {"number", ++numbers_},
                {"platform_id", platform_id},
                {"data", {{"deep", {{"platform_id", 1}, {"text", "I am " + platform_id + "!"}}}}}}
               .dump();
  }
  note("client " + std::to_string(c->session) + "/" + std::string{name(c->who)} + " says " + text.substr(0, 60));
  c->socket->say(text);
}

void simulation::drop() {
  if (auto c = pick_open()) {
    note("drop of a " + std::string{name(c->who)} + " of " + std::to_string(c->session));
    c->socket->drop();
  }
}

void simulation::answer(fake_platform::call& call) {
  switch (pick(8)) {
  case 0:
    return call.fail(errc::timed_out);
  case 1:
    return call.answer(503, {}, "3");
  case 2:
    return call.answer(401);
  case 3:
    return call.answer(200, "not json");
  case 4:
    return call.answer(422, R"({"success":false,"reason":"no PLT_person1","platform_id":"PLT_person1"})");
  default:
    return call.answer(200, R"({"success":true,"platform_id":"PLT_person1","n":{"x":"PLT_person2 PLT_person3"}})");
  }
}

void simulation::answer_platform() {
  for (auto& call : world_->platform->calls)
    if (call.done && chance(50)) {
      note("the platform answers " + std::string{call.request.headers.get("Idempotency-Key")});
      answer(call);
      return;
    }
}

void simulation::turn_disk() {
  disk_fails_ = !disk_fails_ && chance(40);
  note(disk_fails_ ? "the disk fails" : "the disk works");
  world_->journal->fail_commits(disk_fails_);
}

// A bug shows in a session: what it wants to send throws.
void simulation::crash_session() {
  auto c = pick_open();
  if (!c || !c->seated || sessions_[c->session].crashes >= 4)
    return;
  note("session " + std::to_string(c->session) + " throws");
  c->socket->throw_once = true;
  c->socket->say(R"({"type":"ping"})");
  world_->run();
  if (!std::exchange(c->socket->throw_once, false)) {
    ++sessions_[c->session].crashes;
    sessions_[c->session].crashed_at = world_->wall();
  }
}

void simulation::crash_process() {
  if (chance(50)) // in the middle of whatever it was doing
    run_some();
  note("the process dies");
  auto image = *world_->journal;
  auto wall = world_->wall() + seconds{pick(20)};
  for (auto& c : clients_)
    c.socket->heard = nullptr;
  world_.reset();
  for (auto& s : sessions_)
    s.crashes = 0;
  clients_.clear();
  start(std::move(image), wall);
}

void simulation::pass_time() {
  static constexpr milliseconds spans[] = {1ms, 50ms, 500ms, 2s, 2s, 5s, 20s, 60s};
  auto span = spans[pick(std::size(spans))];
  note("time passes: " + std::to_string(span.count()) + " ms");
  world_->advance(span);
}

// Some of the waiting jobs, one message each, in any order that keeps each actor's own mailbox in order.
void simulation::run_some() {
  auto& jobs = world_->scheduler().jobs;
  for (auto n = pick(30); n > 0 && !jobs.empty(); --n) {
    std::swap(jobs.front(), jobs[pick(jobs.size())]);
    world_->scheduler().run_once();
  }
}

void simulation::finish() {
  world_->journal->fail_commits(false);
  for (auto& c : clients_)
    if (c.socket->open() && !c.seated && chance(50))
      c.socket->drop();
  world_->platform->script = [this](fake_platform::call& call) { call.answer(200, R"({"success":true})"); };
  for (auto& call : world_->platform->calls)
    if (call.done)
      call.fail(errc::connection_lost);
  world_->advance(15min);
  check_rest();
}

} // namespace mdai::test
