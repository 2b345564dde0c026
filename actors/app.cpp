#include "actors/app.hpp"

#include <algorithm>
#include <limits>

#include <sys/resource.h>

#include "actors/admin_api.hpp"
#include "actors/api.hpp"
#include "actors/challenges.hpp"
#include "actors/device_api.hpp"
#include "actors/device_directory.hpp"
#include "actors/device_registry.hpp"
#include "actors/eraser.hpp"
#include "actors/face_engines.hpp"
#include "actors/hosted.hpp"
#include "actors/log.hpp"
#include "actors/loop_scheduler.hpp"
#include "actors/metric.hpp"
#include "actors/outbox.hpp"
#include "actors/persistence.hpp"
#include "actors/recovery.hpp"
#include "actors/routes.hpp"
#include "actors/supervisor.hpp"
#include "storage/rocksdb_journal.hpp"

namespace mdai {

struct app::caf_config : caf::actor_system_config {
  explicit caf_config(loop_scheduler::loops& loops) {
    add_message_types<caf::id_block::mdai>();
    add_message_types<caf::id_block::mdai_handles>();
    add_message_types<caf::id_block::mdai_face>();
    loop_scheduler::install(*this, loops);
  }
};

namespace {

metric connections_refused{metric::kind::counter, "mdai_connections_refused_total",
                           "Connections closed at once for want of file descriptors"};

/// As many as there are descriptors, less what the journal and the calls to the platform need.
std::size_t most_connections() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::size_t>::max();
  const auto own = std::clamp<rlim_t>(files.rlim_cur / 8, 64, 1024);
  return files.rlim_cur > 2 * own ? files.rlim_cur - own : own;
}

std::shared_ptr<const transport::shared_settings> shared_part(const settings& s) {
  auto origins = s.cors.allowed_origins;
  if (auto own = transport::url::parse(s.server.public_url)) // behind a proxy that changes the Host we are at home too
    origins.push_back(own->origin());
  return std::make_shared<const transport::shared_settings>(
      transport::shared_settings{s.limits, {std::move(origins)}, s.server.trusted_proxies});
}

unsigned loop_count(const settings& s) {
  return s.server.loops ? s.server.loops : std::max(1u, std::thread::hardware_concurrency());
}

} // namespace

app::app() = default;
app::~app() { stop(); }

bool app::start(const settings& s, std::string& why) {
  auto config = configuration::make(s);
  if (!config) {
    why = "settings: " + config.error().message();
    return false;
  }
  env_.config = *config;
  recovered found;
  if (!open_journal(s, found, why) || !open_engines(s, why))
    return false;
  for (unsigned i = 0; i < loop_count(s); ++i)
    env_.loops.push_back(std::make_unique<transport::loop>(i));
  transport::client_options client;
  client.ca_file = s.backend.ca_file;
  client.max_connections_per_host = s.backend.max_connections;
  for (auto& l : env_.loops)
    env_.clients.push_back(std::make_unique<transport::http_client>(*l, client));
  env_.connections.resize(env_.loops.size());
  caf_config_ = std::make_unique<caf_config>(env_.loops);
  system_ = std::make_unique<caf::actor_system>(*caf_config_);
  system_->await_actors_before_shutdown(false);
  env_.system = system_.get();
  for (std::size_t i = 0; i < env_.loops.size(); ++i)
    env_.homes.push_back(loop_scheduler::home(*system_, i));
  spawn_actors(std::move(found));
  if (!listen(s, why))
    return false;
  for (auto& l : env_.loops)
    threads_.emplace_back([&l] { l->run(); });
  env_.ready.started = true;
  return true;
}

bool app::open_journal(const settings& s, recovered& found, std::string& why) {
  storage::sealer seals{s.storage.key, s.storage.keys_previous};
  auto opened = storage::open_rocksdb_journal(s.storage.path, seals, why);
  if (!opened)
    return false;
  journal_ = std::move(*opened);
  auto all = recover(*journal_, wall_now());
  if (!all) {
    why = "the journal in " + s.storage.path + " cannot be read: " + all.error().message();
    return false;
  }
  found = std::move(*all);
  if (s.face.enabled) {
    auto faces = recover_face(*journal_, wall_now() - s.face.session_retention);
    if (!faces) {
      why = "the journal in " + s.storage.path + " cannot be read: " + faces.error().message();
      return false;
    }
    found.face = std::move(*faces);
  }
  log::info("journal_recovered")
      .with("sessions", static_cast<std::int64_t>(found.sessions.size()))
      .with("outbox", static_cast<std::int64_t>(found.outbox.size()))
      .with("devices", static_cast<std::int64_t>(found.devices.size()))
      .with("challenges", static_cast<std::int64_t>(found.challenges.size()));
  return true;
}

// The tree. Restart rules: a session comes back from its record (supervisor), a connection's socket closes, a call to
// the platform is repeated by whoever asked. The others are essential: they take the process down rather than limp
// (hosted.hpp), and the next one finds all that was acknowledged in the journal.
void app::spawn_actors(recovered found) {
  auto& sys = *system_;
  auto count = env_.loops.size();
  auto& homes = env_.homes;
  std::vector<std::vector<supervisor_state::sleeping>> sleeping(count);
  for (auto& s : found.sessions)
    sleeping[s.id.place(count)].push_back(s);

  env_.outbox = spawn_on<outbox_state>(sys, homes[0], env_, std::move(found.outbox));
  env_.persistence = spawn_on<persistence_state, caf::detached>(sys, nullptr, journal_, env_.outbox, env_);
  env_.eraser = spawn_on<eraser_state, caf::detached>(sys, nullptr, journal_, env_.persistence);
  env_.device_registry = spawn_on<device_registry_state>(sys, homes[0], env_, std::move(found.devices));
  env_.challenges = spawn_on<challenges_state>(sys, homes[0], env_, std::move(found.challenges));
  env_.admin_api = spawn_on<admin_api_state>(sys, homes[0], env_);
  if (found.face)
    spawn_face_actors(std::move(*found.face));
  for (std::size_t i = 0; i < count; ++i) {
    env_.device_directories.push_back(spawn_on<device_directory_state>(sys, homes[i]));
    env_.supervisors.push_back(spawn_on<supervisor_state>(sys, homes[i], env_, std::move(sleeping[i])));
    env_.apis.push_back(spawn_on<api_state>(sys, homes[i], env_, i));
    env_.device_apis.push_back(spawn_on<device_api_state>(sys, homes[i], env_));
  }
}

std::vector<transport::loop*> app::loops() const {
  std::vector<transport::loop*> out;
  for (auto& l : env_.loops)
    out.push_back(l.get());
  return out;
}

bool app::listen_on(std::unique_ptr<transport::server>& slot, const transport::server_options& options,
                    std::shared_ptr<const transport::router> routes, const settings& s, std::string& why) {
  slot = std::make_unique<transport::server>(loops(), options, std::move(routes), shared_part(s));
  if (auto ok = slot->start(); !ok) {
    why = "cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " + ok.error().message();
    return false;
  }
  return true;
}

bool app::listen(const settings& s, std::string& why) {
  auto routes = public_routes(env_);
  auto addresses = transport::make_address_counter(most_connections());
  auto turned_away = [] { ++connections_refused; };
  if (s.tls.port) {
    tls_ = std::make_shared<transport::tls_server_context>(s.tls.cert, s.tls.key);
    if (!tls_->reload(why))
      return false;
    if (!listen_on(secure_, {s.server.host, s.tls.port, tls_, addresses, turned_away}, routes, s, why))
      return false;
  }
  if (s.server.port &&
      !listen_on(plain_, {s.server.host, s.server.port, nullptr, addresses, turned_away}, routes, s, why))
    return false;
  return !s.admin.port || listen_on(admin_, {s.admin.host, s.admin.port}, admin_routes(env_), s, why);
}

void app::for_each_server(const std::function<void(transport::server&)>& f) {
  for (auto server : {plain_.get(), secure_.get(), admin_.get()})
    if (server)
      f(*server);
}

bool app::reload(const settings& s, std::string& why) {
  auto config = configuration::make(s);
  if (!config) {
    why = "settings: " + config.error().message();
    return false;
  }
  if (tls_ && !tls_->reload(why))
    return false;
  env_.config = *config;
  log::set_level(log::parse_level(s.log.level));
  for_each_server([&](transport::server& x) { x.update(shared_part(s)); });
  for (auto& supervisor : env_.supervisors)
    caf::anon_send(supervisor, policy_changed{(*config)->policy()});
  for (auto& l : env_.loops)
    l->post([this, index = l->index()] {
      for (auto& [id, connection] : env_.connections[index].all())
        caf::anon_send(connection, limits_changed{});
    });
  return true;
}

void app::drain() {
  env_.ready.draining = true;
  auto period = env_.now()->settings.drain.period;
  for (auto& l : env_.loops)
    l->post([this, index = l->index(), period] {
      auto& live = env_.connections[index].all();
      auto n = static_cast<std::int64_t>(live.size());
      std::int64_t i = 0;
      for (auto& [id, connection] : live)
        caf::delayed_anon_send(connection, period * i++ / std::max<std::int64_t>(n, 1), go_away{});
    });
}

std::int64_t app::busy() const {
  std::int64_t sum = env_.exchanges;
  for (auto server : {plain_.get(), secure_.get()})
    if (server)
      sum += server->counters().websockets + server->counters().requests_under_way;
  return sum;
}

// In the order of dependence: sockets, then the loops' threads, then actors while all they refer to still stands, and
// the journal last.
void app::stop() {
  for_each_server([](transport::server& x) {
    x.stop();
    x.abort_connections();
  });
  for (auto& l : env_.loops)
    l->stop();
  for (auto& t : threads_)
    t.join();
  threads_.clear();
  if (system_)
    stop_actors();
  plain_.reset();
  secure_.reset();
  admin_.reset();
  env_.loops.clear();
  journal_.reset();
}

void app::stop_actors() {
  loop_scheduler::run_down(*system_); // connections hear that their sockets are gone
  auto end = [](auto& actor) { caf::anon_send_exit(actor, caf::exit_reason::kill); };
  end(env_.outbox); // who begins calls goes before the clients that make them
  std::for_each(env_.apis.begin(), env_.apis.end(), end);
  std::for_each(env_.device_apis.begin(), env_.device_apis.end(), end);
  std::for_each(env_.face_apis.begin(), env_.face_apis.end(), end);
  end(env_.admin_api);
  loop_scheduler::run_down(*system_);
  env_.clients.clear();
  loop_scheduler::run_down(*system_);
  std::for_each(env_.supervisors.begin(), env_.supervisors.end(), end); // and their sessions
  std::for_each(env_.device_directories.begin(), env_.device_directories.end(), end);
  end(env_.challenges);
  end(env_.device_registry);
  if (env_.face_registry)
    stop_face_actors();
  loop_scheduler::run_down(*system_);
  end(env_.eraser); // and its thread, which lasts as long as anybody knows it
  env_.eraser = nullptr;
  end(env_.persistence); // the same
  env_.persistence = nullptr;
  env_.outbox = nullptr;
  env_.supervisors.clear();
  env_.device_directories.clear();
  env_.apis.clear();
  env_.device_apis.clear();
  env_.admin_api = nullptr;
  env_.challenges = nullptr;
  env_.device_registry = nullptr;
  system_.reset();
  env_.connections.clear();
}

std::uint16_t app::plain_port() const { return plain_ ? plain_->port() : 0; }
std::uint16_t app::tls_port() const { return secure_ ? secure_->port() : 0; }
std::uint16_t app::admin_port() const { return admin_ ? admin_->port() : 0; }

} // namespace mdai
