#include <deque>

#include "bench/load/creator.hpp"
#include "bench/load/iso_time.hpp"
#include "bench/load/measured.hpp"
#include "bench/load/ws_peer.hpp"

/// `mdai-load sessions`: how punctually sessions end.
namespace mdai::load {
namespace {

using wall = std::chrono::system_clock;

struct sessions_options : options {
  std::size_t count = 1000, connected = 1000;
};

/// What has become of all sessions that are waited for.
struct endings {
  std::size_t ready = 0, over = 0, early = 0;
  nanoseconds earliest{0}; ///< before its time, as a positive number
  histogram late;
  std::string failure;
};

/// A phone that waits for its session's end.
class waiter final : ws_peer_events {
public:
  waiter(bench& with, endings& all, const created_session& session, wall::time_point end)
      : all_(all)
      , end_(end)
      , peer_(with.on, with.server, *this)
      , me_{party::mobile, 0, session.id, session.phone_token, {}, false} {}

  void come(std::uint32_t source) { peer_.open(make_conversation(dialect::mdai, me_), source); }

private:
  void on_ready() override { ++all_.ready; }
  void on_arrival(std::string_view payload) override {
    const auto now = wall::now();
    if (payload.find("\"session_expired\"") == payload.npos)
      return fail("heard " + std::string{payload.substr(0, 160)});
    told_ = true;
    ++all_.over;
    if (now >= end_)
      return all_.late.add(static_cast<std::uint64_t>(nanoseconds{now - end_}.count()));
    ++all_.early;
    all_.earliest = std::max(all_.earliest, nanoseconds{end_ - now});
  }
  void on_end(const std::string& why) override {
    if (!told_)
      fail("not told of the end: " + why);
  }
  void fail(const std::string& why) {
    if (all_.failure.empty())
      all_.failure = why;
  }

  endings& all_;
  wall::time_point end_;
  ws_peer peer_;
  identity me_;
  bool told_ = false;
};

class sessions_run {
public:
  sessions_run(bench& with, std::size_t count)
      : with_(with)
      , creator_(with, std::min(with.wish.at_once, count)) {}

  sim::outcome<report> run(std::size_t count, std::size_t connected);

private:
  sim::outcome<void> invite(std::size_t connected);
  sim::outcome<void> connect();
  usage wait();

  bench& with_;
  session_creator creator_;
  endings all_;
  std::deque<waiter> waiters_; ///< waiters do not move
};

/// Evenly from all sessions, so that those created last are among them.
sim::outcome<void> sessions_run::invite(std::size_t connected) {
  const auto& sessions = creator_.sessions();
  for (std::size_t i = 0; i < connected; ++i) {
    const auto& session = sessions[i * sessions.size() / connected];
    const auto end = parse_iso_time(session.expires_at);
    if (!end)
      return sim::failed("expires_at is not like 2026-12-03T10:47:12.512Z: " + session.expires_at);
    waiters_.emplace_back(with_, all_, session, *end);
  }
  return {};
}

sim::outcome<void> sessions_run::connect() {
  std::size_t begun = 0;
  const auto end = clock::now() + std::chrono::seconds{60};
  with_.on.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    for (; begun < waiters_.size() && begun - all_.ready < with_.wish.at_once; ++begun)
      waiters_[begun].come(with_.server.source(begun, with_.wish.per_address));
    with_.show.tick("connecting", all_.ready, waiters_.size());
    const bool over = all_.ready == waiters_.size() || !all_.failure.empty() || now > end;
    return over ? std::nullopt : std::optional{now + milliseconds{100}};
  });
  if (all_.failure.empty() && all_.ready == waiters_.size())
    return {};
  return sim::failed(all_.failure.empty() ? "not all connections were ready after 60 s" : all_.failure);
}

usage sessions_run::wait() {
  const stopwatch watch{with_.meter};
  const auto end = clock::now() + to_duration(with_.wish.seconds);
  with_.on.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    with_.show.tick("sessions over", all_.over, waiters_.size());
    const bool over = all_.over == waiters_.size() || !all_.failure.empty() || now >= end;
    return over ? std::nullopt : std::optional{std::min(end, now + milliseconds{200})};
  });
  return watch.elapsed();
}

sim::outcome<report> sessions_run::run(std::size_t count, std::size_t connected) {
  const auto empty = with_.meter.resident_bytes();
  if (auto made = creator_.create(count); !made)
    return made.error();
  const auto full = with_.meter.settled_bytes(std::chrono::seconds{2}); // the sessions are living
  if (auto invited = invite(std::min(connected, count)); !invited)
    return invited.error();
  if (auto there = connect(); !there)
    return there.error();
  const auto spent = wait();

  report out{"sessions", with_.wish};
  out.parameter("count", count);
  out.parameter("connected", waiters_.size());
  out.figure("sessions", count, "live sessions", grouped(count));
  if (with_.meter.present()) {
    const double each = (static_cast<double>(full) - static_cast<double>(empty)) / static_cast<double>(count);
    out.figure("bytes_per_session", each, "memory of each", fixed(each, 0) + " bytes");
  }
  out.figure("expired", all_.over, "ends heard of", grouped(all_.over) + " of " + grouped(waiters_.size()));
  out.figure("early", all_.early, "too early", grouped(all_.early));
  out.latencies("late_us", "too late", all_.late);
  out.cost(spent, with_.meter, count, "session");
  if (!all_.failure.empty())
    out.fail(all_.failure);
  else if (all_.over < waiters_.size())
    out.fail(grouped(waiters_.size() - all_.over) + " sessions had not ended when the time was up");
  if (all_.early > 0)
    out.fail(grouped(all_.early) + " sessions ended before their expires_at, the earliest by " +
             fixed(static_cast<double>(all_.earliest.count()) / 1e6, 3) + " ms");
  return out;
}

} // namespace

void add_sessions_verb(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<sessions_options>();
  o->seconds = 200;
  auto* sub = app.add_subcommand("sessions", "How punctually sessions end, against the expires_at of their creation");
  add_basics(*sub, *o);
  sub->add_option("--bearer", o->bearer, "Users' bearer tokens begin with this; a number follows")
      ->capture_default_str();
  sub->add_option("--at-once", o->at_once, "Creations and connections under way at a time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  sub->add_option("--count", o->count, "Sessions to create")->check(CLI::Range(1, 10'000'000))->capture_default_str();
  sub->add_option("--connected", o->connected, "Of them, how many have a phone that hears of the end")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  sub->add_option("--seconds", o->seconds, "How long to wait for their ends")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  sub->callback([o, &chosen] {
    chosen = [o] {
      return with_bench(*o, [&](bench& with) { return sessions_run{with, o->count}.run(o->count, o->connected); });
    };
  });
}

} // namespace mdai::load
