#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <sys/resource.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/app.hpp"
#include "actors/log.hpp"
#include "actors/systemd.hpp"
#include "actors/verbs/verbs.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;
namespace net = boost::asio;

/// After drain.period, sockets have this long to say goodbye.
constexpr auto goodbye = 2s;
/// Even without clients it listens this long (but no longer than drain.period): who comes meanwhile hears 503, and load
/// balancers notice.
constexpr auto notice = 2s;

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN); // a full quota is a failed write, not a death
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

/// The main thread of a serving broker: signals and the watchdog, while the loops work.
class host {
public:
  host(const config::loaded& start, const config::load_sources& sources)
      : settings_(start.values)
      , sources_(sources)
      , signals_(io_, SIGTERM, SIGINT, SIGHUP)
      , timer_(io_)
      , watchdog_(io_) {}

  int run() {
    std::string why;
    if (!broker_.start(settings_, why)) {
      std::fprintf(stderr, "mdai-broker: %s\n", why.c_str());
      return 1;
    }
    log::info("serving")
        .with("plain_port", broker_.plain_port())
        .with("tls_port", broker_.tls_port())
        .with("admin_port", broker_.admin_port())
        .with("loops", static_cast<std::int64_t>(broker_.env().loops.size()))
        .with("version", MDAI_VERSION);
    systemd::notify_ready();
    await_signal();
    feed_watchdog();
    io_.run();
    broker_.stop();
    log::info("stopped");
    return 0;
  }

private:
  void await_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int signal) {
      if (ec)
        return;
      if (signal == SIGHUP)
        reload();
      else if (draining_)
        _Exit(1); // asked twice: nothing acknowledged is lost, the journal is on the disk
      else
        drain();
      await_signal();
    });
  }

  void reload() {
    systemd::notify_reloading();
    auto next = config::reload(settings_, sources_);
    std::string why;
    for (auto& e : next.errors)
      log::error("settings_refused").with("why", e);
    if (next.ok() && broker_.reload(next.values, why)) {
      settings_ = next.values;
      for (auto& name : next.need_restart)
        log::warning("setting_needs_restart").with("setting", name);
      log::info("reloaded").with("changed", static_cast<std::int64_t>(next.changed.size()));
    } else if (!why.empty()) {
      log::error("reload_failed").with("why", why);
    }
    systemd::notify_ready();
  }

  void drain() {
    draining_ = true;
    systemd::notify_stopping();
    log::info("draining").with("busy", broker_.busy());
    broker_.drain();
    auto now = std::chrono::steady_clock::now();
    earliest_ = now + std::min<std::chrono::nanoseconds>(settings_.drain.period, notice);
    deadline_ = now + settings_.drain.period + goodbye;
    await_empty();
  }

  void await_empty() {
    auto now = std::chrono::steady_clock::now();
    if ((broker_.busy() == 0 && now >= earliest_) || now >= deadline_)
      return io_.stop();
    timer_.expires_after(50ms);
    timer_.async_wait([this](boost::system::error_code) { await_empty(); });
  }

  // Alive means that every loop takes work: the last one of the round reports.
  void feed_watchdog() {
    auto interval = systemd::watchdog_interval();
    if (!interval)
      return;
    auto left = std::make_shared<std::atomic<std::size_t>>(broker_.env().loops.size());
    for (auto& l : broker_.env().loops)
      l->post([left] {
        if (--*left == 0)
          systemd::notify_alive();
      });
    watchdog_.expires_after(*interval / 3);
    watchdog_.async_wait([this](boost::system::error_code ec) {
      if (!ec)
        feed_watchdog();
    });
  }

  settings settings_;
  config::load_sources sources_;
  net::io_context io_{1};
  net::signal_set signals_;
  net::steady_timer timer_, watchdog_;
  std::chrono::steady_clock::time_point earliest_{}, deadline_{}; ///< of the end, once draining
  bool draining_ = false;
  app broker_;
};

} // namespace

int serve(const config::loaded& start, const config::load_sources& sources) {
  prepare_process();
  log::start(log::parse_level(start.values.log.level), start.values.log.format == settings::log_format::json);
  for (auto& w : start.warnings)
    log::warning("settings").with("what", w);
  auto code = host{start, sources}.run();
  log::stop();
  return code;
}

} // namespace mdai
