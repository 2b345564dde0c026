#include <deque>

#include "bench/load/measured.hpp"
#include "bench/load/report.hpp"

/// `mdai-load handshake`: TCP and TLS 1.3 handshakes, and nothing behind them.
namespace mdai::load {
namespace {

struct handshake_options : options {
  std::size_t concurrency = 8;
  bool resume = false;
};

class handshake_run;

/// One connection after the other: shake hands, say goodbye, hear the server's, anew.
class hand final : stream_events {
public:
  hand(handshake_run& of, std::size_t number);
  void begin();
  /// A ticket for the next handshake, and the end of this one. Called by OpenSSL.
  void keep(SSL_SESSION* ticket);

private:
  void on_open() override;
  std::size_t on_bytes(std::string_view bytes) override { return bytes.size(); }
  void on_end(const std::string& why) override;

  handshake_run& of_;
  std::size_t number_;
  stream stream_;
  ssl_session ticket_;
  bool opened_ = false;
};

class handshake_run {
public:
  handshake_run(bench& with, const handshake_options& o);
  report run();

private:
  friend class hand;

  bench& with_;
  const handshake_options& wish_;
  std::deque<hand> hands_; ///< hands do not move
  std::size_t begun_ = 0;
  repeated handshakes_;
};

/// OpenSSL's callback for a new ticket; the connection's hand hangs on its SSL. 1: we own it.
int on_ticket(SSL* ssl, SSL_SESSION* ticket) {
  static_cast<hand*>(SSL_get_app_data(ssl))->keep(ticket);
  return 1;
}

hand::hand(handshake_run& of, std::size_t number)
    : of_(of)
    , number_(number)
    , stream_(of.with_.on, *this) {}

void hand::begin() {
  opened_ = false;
  const auto source = of_.with_.server.source(of_.begun_++, of_.wish_.per_address);
  stream_.open(of_.with_.server.at, source, of_.wish_.resume ? ticket_.get() : nullptr);
  if (stream_.tls() != nullptr)
    SSL_set_app_data(stream_.tls(), this);
}

void hand::on_open() {
  opened_ = true;
  ++of_.handshakes_.done;
  of_.handshakes_.resumed += SSL_session_reused(stream_.tls()) == 1 ? 1 : 0;
  // What comes behind our close_notify is not read, so whoever wants a ticket waits for it. The server's end of the
  // connection is waited for in any case: then it has done its part.
  if (!of_.wish_.resume)
    stream_.finish();
}

void hand::keep(SSL_SESSION* ticket) {
  ticket_.reset(ticket);
  of_.with_.on.after_turn([this] { stream_.finish(); });
}

void hand::on_end(const std::string& why) {
  if (!opened_ && of_.handshakes_.failure.empty())
    of_.handshakes_.failure = "handshake: " + (why.empty() ? "closed by the server" : why);
  of_.with_.on.after_turn([this] { begin(); });
}

handshake_run::handshake_run(bench& with, const handshake_options& o)
    : with_(with)
    , wish_(o) {
  if (o.resume) {
    SSL_CTX_set_session_cache_mode(with.server.at.tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(with.server.at.tls, on_ticket);
  }
  for (std::size_t i = 0; i < o.concurrency; ++i)
    hands_.emplace_back(*this, i);
}

report handshake_run::run() {
  for (auto& h : hands_)
    h.begin();
  const auto spent = run_measured(with_, "shaking hands", handshakes_);

  report out{"handshake", with_.wish};
  out.parameter("concurrency", wish_.concurrency);
  out.parameter("resume", wish_.resume);
  const double rate = spent.seconds == 0 ? 0 : static_cast<double>(handshakes_.done) / spent.seconds;
  out.figure("handshakes", handshakes_.done, "handshakes",
             grouped(handshakes_.done) + " in " + fixed(spent.seconds, 2) + " s");
  out.figure("resumed", handshakes_.resumed, "resumed", grouped(handshakes_.resumed));
  out.figure("handshakes_per_second", rate, "throughput", grouped(static_cast<std::uint64_t>(rate)) + " handshakes/s");
  out.cost(spent, with_.meter, handshakes_.done, "handshake");
  if (!handshakes_.failure.empty())
    out.fail(handshakes_.failure);
  else if (handshakes_.done == 0)
    out.fail("no handshake succeeded");
  else if (wish_.resume && handshakes_.resumed * 10 < handshakes_.done * 9)
    out.fail("the server resumed " + grouped(handshakes_.resumed) + " of " + grouped(handshakes_.done) +
             " sessions only");
  return out;
}

} // namespace

void add_handshake(CLI::App& app, verb& chosen) {
  auto o = std::make_shared<handshake_options>();
  o->per_address = 64;
  auto* sub = app.add_subcommand("handshake", "TCP and TLS 1.3 handshakes, then the end");
  add_basics(*sub, *o);
  add_duration(*sub, *o);
  sub->add_option("--concurrency", o->concurrency, "Connections at a time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  sub->add_flag("--resume", o->resume, "Resume with the server's last ticket");
  sub->callback([o, &chosen] {
    chosen = [o] {
      return with_bench(*o, [&](bench& with) -> sim::outcome<report> {
        if (with.server.at.tls == nullptr)
          return sim::failed("handshake needs a wss:// target");
        return handshake_run{with, *o}.run();
      });
    };
  });
}

} // namespace mdai::load
