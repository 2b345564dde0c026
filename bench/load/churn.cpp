#include <deque>

#include "bench/load/measured.hpp"
#include "bench/load/pairs.hpp"

/// `mdai-load churn`: connections come, are authenticated, and go in good order.
namespace mdai::load {
namespace {

struct churn_options : options {
  std::size_t concurrency = 64;
};

class churn_run;

/// A phone that comes and goes.
class visitor final : ws_peer_events {
public:
  visitor(churn_run& of, identity me);
  void come();

private:
  void on_ready() override;
  void on_arrival(std::string_view) override {}
  void on_end(const std::string& why) override;

  churn_run& of_;
  identity me_;
  ws_peer peer_;
  clock::time_point began_{};
  bool welcome_ = false;
};

class churn_run {
public:
  churn_run(bench& with, std::vector<identity> who);
  report run();

private:
  friend class visitor;

  bench& with_;
  std::deque<visitor> visitors_; ///< visitors do not move
  std::size_t begun_ = 0;
  repeated visits_;
};

visitor::visitor(churn_run& of, identity me)
    : of_(of)
    , me_(std::move(me))
    , peer_(of.with_.on, of.with_.server, *this) {}

void visitor::come() {
  welcome_ = false;
  began_ = clock::now();
  peer_.open(make_conversation(of_.with_.wish.kind, me_),
             of_.with_.server.source(of_.begun_++, of_.with_.wish.per_address));
}

void visitor::on_ready() {
  welcome_ = true;
  of_.visits_.times.add(static_cast<std::uint64_t>(nanoseconds{clock::now() - began_}.count()));
  peer_.leave();
}

void visitor::on_end(const std::string& why) {
  if (welcome_)
    ++of_.visits_.done;
  else if (of_.visits_.failure.empty())
    of_.visits_.failure = why;
  of_.with_.on.after_turn([this] { come(); });
}

churn_run::churn_run(bench& with, std::vector<identity> who)
    : with_(with) {
  for (auto& one : who)
    visitors_.emplace_back(*this, std::move(one));
}

report churn_run::run() {
  for (auto& v : visitors_)
    v.come();
  const auto spent = run_measured(with_, "coming and going", visits_);

  report out{"churn", with_.wish};
  out.parameter("concurrency", visitors_.size());
  const double rate = spent.seconds == 0 ? 0 : static_cast<double>(visits_.done) / spent.seconds;
  out.figure("connections", visits_.done, "came and went",
             grouped(visits_.done) + " connections in " + fixed(spent.seconds, 2) + " s");
  out.figure("connections_per_second", rate, "throughput",
             grouped(static_cast<std::uint64_t>(rate)) + " connections/s");
  out.latencies("ready_us", "until ready", visits_.times);
  out.cost(spent, with_.meter, visits_.done, "connection");
  if (!visits_.failure.empty())
    out.fail(visits_.failure);
  else if (visits_.done == 0)
    out.fail("no connection came through");
  return out;
}

} // namespace

void add_churn(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<churn_options>();
  o->per_address = 64;
  auto* sub = app.add_subcommand("churn", "Connects, authenticates and closes, over and over");
  add_basics(*sub, *o);
  add_dialect(*sub, *o);
  add_duration(*sub, *o);
  sub->add_option("--concurrency", o->concurrency, "Connections at a time, each with a session of its own")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  sub->callback([o, &chosen] {
    chosen = [o] {
      return with_bench(*o, [&](bench& with) -> sim::outcome<report> {
        auto phones = make_lone_phones(with, 0, o->concurrency);
        if (!phones)
          return phones.error();
        return churn_run{with, std::move(*phones)}.run();
      });
    };
  });
}

} // namespace mdai::load
