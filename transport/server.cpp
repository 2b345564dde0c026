#include "transport/server.hpp"

#include <mutex>

#include "transport/detail/http_session.hpp"
#include "transport/detail/listener.hpp"

namespace mdai::transport {
namespace {

/// What a new connection needs to know. Belongs to no loop, so it may die on any thread.
class reception {
public:
  reception(std::shared_ptr<const router> routes, const server_options& options)
      : tls_(options.tls)
      , on_turned_away_(options.on_turned_away) {
    core->routes = std::move(routes);
    core->addresses = options.addresses ? options.addresses : make_address_counter();
  }

  void update(const shared_settings& settings) {
    auto fresh = std::make_shared<const detail::live_settings>(settings);
    std::lock_guard lock{mutex_};
    settings_ = std::move(fresh);
  }

  /// On the loop of `set`.
  void receive(detail::connection_set& set, std::unique_ptr<detail::wire> w, const detail::ip::address& peer) {
    auto context = tls_ ? tls_->get() : nullptr;
    // Accepted before stop() took effect, or nothing to show: the door is closed.
    if (core->stopping || (tls_ && !context))
      return;
    if (core->addresses->full())
      return on_turned_away_ ? on_turned_away_() : void();
    auto session = std::make_shared<detail::http_session>(std::move(w), peer, core, settings());
    set.add(session);
    session->start(std::move(context));
  }

  const std::shared_ptr<detail::server_core> core = std::make_shared<detail::server_core>();

private:
  std::shared_ptr<const detail::live_settings> settings() {
    std::lock_guard lock{mutex_};
    return settings_;
  }

  const std::shared_ptr<tls_server_context> tls_;
  const std::function<void()> on_turned_away_;
  std::mutex mutex_;
  std::shared_ptr<const detail::live_settings> settings_;
};

} // namespace

std::shared_ptr<detail::address_counter> make_address_counter(std::size_t most_connections) {
  return std::make_shared<detail::address_counter>(most_connections);
}

/// What belongs to a loop is held by this and by tasks of that very loop, and by nothing else: so it dies on
/// its loop, or with it.
struct server::impl {
  server_options options;
  std::shared_ptr<reception> desk;
  std::vector<std::shared_ptr<detail::connection_set>> sets; ///< one per loop
  std::shared_ptr<detail::listener> doors;
};

server::server(std::vector<loop*> loops, server_options options, std::shared_ptr<const router> routes,
               std::shared_ptr<const shared_settings> settings)
    : impl_(std::make_shared<impl>()) {
  impl_->desk = std::make_shared<reception>(std::move(routes), options);
  impl_->options = std::move(options);
  std::vector<std::weak_ptr<detail::connection_set>> sets;
  for (loop* l : loops) {
    sets.push_back(impl_->sets.emplace_back(std::make_shared<detail::connection_set>(*l)));
    impl_->desk->core->sets.emplace(l, sets.back());
  }
  impl_->doors = std::make_shared<detail::listener>(
      std::move(loops), [desk = impl_->desk, sets](std::size_t index, auto w, const auto& peer) {
        if (const auto set = sets[index].lock())
          desk->receive(*set, std::move(w), peer);
      });
  update(std::move(settings));
}

server::~server() {
  stop();
  impl_->desk->core->aborted = true;
  for (auto& set : impl_->sets) {
    loop& home = set->home();
    home.post([set = std::move(set)] { set->abort_all(); });
  }
}

result<void> server::start() { return impl_->doors->open(impl_->options.address, impl_->options.port); }

unsigned short server::port() const { return impl_->doors->port(); }

void server::update(std::shared_ptr<const shared_settings> settings) { impl_->desk->update(*settings); }

void server::stop() {
  impl_->desk->core->stopping = true;
  impl_->doors->stop();
}

void server::abort_connections() {
  impl_->desk->core->aborted = true;
  for (const auto& set : impl_->sets)
    set->home().post([set] { set->abort_all(); });
}

const server_counters& server::counters() const { return impl_->desk->core->counters; }

} // namespace mdai::transport
