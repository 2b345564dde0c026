#include "transport/http_client.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>

#include "transport/detail/client_connection.hpp"
#include "transport/timer.hpp"

namespace mdai::transport {
namespace {

using steady = std::chrono::steady_clock;
using boost::system::error_code;
using detail::client_connection;

/// A request on its way: waiting in its pool without a connection, or running on one.
struct job : std::enable_shared_from_this<job> {
  job(loop& home, client_request r, http_client::callback d)
      : request(std::make_shared<const client_request>(std::move(r)))
      , done(std::move(d))
      , deadline(home) {}
  std::shared_ptr<const client_request> request;
  http_client::callback done;
  timer deadline;
  std::shared_ptr<client_connection> connection;
  bool retried = false;
};
using job_ptr = std::shared_ptr<job>;

struct idle_connection {
  std::shared_ptr<client_connection> connection;
  steady::time_point since;
};

/// All that goes to one host, port and scheme.
struct host_pool {
  std::vector<idle_connection> idle; ///< the latest last
  std::size_t busy = 0;
  std::deque<job_ptr> waiting;
};

} // namespace

struct http_client::impl : std::enable_shared_from_this<impl> {
  impl(loop& l, client_options o)
      : home(l)
      , options(std::move(o))
      , names(l)
      , idle_timer(l) {}

  loop& home;
  const client_options options;
  detail::resolver names;
  std::shared_ptr<net::ssl::context> tls;
  std::map<std::string, host_pool> pools;
  std::set<job_ptr> jobs; ///< not yet answered
  timer idle_timer;

  host_pool& pool_of(const url& where) { return pools[(where.secure ? "s " : "p ") + where.port + " " + where.host]; }

  void send(client_request request, milliseconds timeout, callback done) {
    auto j = std::make_shared<job>(home, std::move(request), std::move(done));
    jobs.insert(j);
    j->deadline.set_after(timeout, [this, raw = j.get()] { on_timeout(raw->shared_from_this()); });
    auto& pool = pool_of(j->request->where);
    pool.waiting.push_back(std::move(j));
    serve(pool);
  }

  void serve(host_pool& pool) {
    while (!pool.waiting.empty() && pool.busy < options.max_connections_per_host) {
      auto j = std::move(pool.waiting.front());
      pool.waiting.pop_front();
      ++pool.busy;
      j->connection = take_idle(pool);
      run(j);
    }
  }

  /// The latest used is the least likely to be dead.
  static std::shared_ptr<client_connection> take_idle(host_pool& pool) {
    while (!pool.idle.empty()) {
      auto connection = std::move(pool.idle.back().connection);
      pool.idle.pop_back();
      if (connection->is_open())
        return connection;
    }
    return nullptr;
  }

  void run(const job_ptr& j) {
    auto context = j->request->where.secure ? trust() : nullptr;
    if (j->request->where.secure && !context)
      return home.post([weak = weak_from_this(), j] {
        if (const auto self = weak.lock())
          self->finish(j, make_error_code(errc::bad_certificate));
      });
    if (!j->connection)
      j->connection = std::make_shared<client_connection>(home, std::move(context), options.max_response_bytes);
    const bool kept = j->connection->is_open();
    j->connection->exchange(j->request, names, [weak = weak_from_this(), j, kept](auto answer, bool reusable) {
      if (const auto self = weak.lock())
        self->on_outcome(j, kept, std::move(answer), reusable);
    });
  }

  void on_outcome(const job_ptr& j, bool kept, result<http_response> answer, bool reusable) {
    if (!answer && kept && !j->connection->answered() && !j->retried) {
      j->retried = true;
      j->connection = nullptr;
      return run(j);
    }
    if (reusable)
      keep(pool_of(j->request->where), j->connection);
    finish(j, std::move(answer));
  }

  void keep(host_pool& pool, std::shared_ptr<client_connection> connection) {
    if (pool.idle.size() >= options.max_idle_per_host)
      return connection->close();
    pool.idle.push_back({std::move(connection), steady::now()});
    arm_idle_timer();
  }

  void on_timeout(const job_ptr& j) {
    if (!jobs.contains(j))
      return;
    if (j->connection)
      j->connection->close();
    finish(j, make_error_code(errc::timed_out));
  }

  /// Takes the job out of everything first: `done` may send the next.
  void finish(const job_ptr& j, result<http_response> answer) {
    if (jobs.erase(j) == 0)
      return;
    auto& pool = pool_of(j->request->where);
    if (std::erase(pool.waiting, j) == 0)
      --pool.busy;
    j->connection = nullptr;
    j->deadline.cancel();
    const auto self = shared_from_this();
    auto done = std::move(j->done);
    done(std::move(answer));
    // Looked up anew: `done` may have ended the client.
    serve(pool_of(j->request->where));
  }

  void arm_idle_timer() {
    if (!idle_timer.is_set())
      idle_timer.set_after(options.idle_timeout, [this] { drop_idle(); });
  }

  void drop_idle() {
    bool some_left = false;
    for (auto& [name, pool] : pools) {
      std::erase_if(pool.idle, [oldest = steady::now() - options.idle_timeout](const idle_connection& i) {
        if (i.since > oldest)
          return false;
        i.connection->close();
        return true;
      });
      some_left = some_left || !pool.idle.empty();
    }
    if (some_left)
      arm_idle_timer();
  }

  /// Made when first needed; nullptr when the CA file cannot be read.
  std::shared_ptr<net::ssl::context> trust() {
    if (tls)
      return tls;
    auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(net::ssl::verify_peer);
    error_code ec;
    if (options.ca_file.empty())
      context->set_default_verify_paths(ec);
    else
      context->load_verify_file(options.ca_file, ec);
    if (ec)
      return nullptr;
    return tls = std::move(context);
  }

  void shut_down() {
    idle_timer.cancel();
    for (auto& [name, pool] : pools)
      for (auto& i : pool.idle)
        i.connection->close();
    for (const auto& j : std::exchange(jobs, {})) {
      j->deadline.cancel();
      if (j->connection)
        j->connection->close();
      home.post([done = std::move(j->done)] { done(make_error_code(errc::connection_lost)); });
    }
    pools.clear();
  }
};

http_client::http_client(loop& home, client_options options)
    : impl_(std::make_shared<impl>(home, std::move(options))) {}

http_client::~http_client() { impl_->shut_down(); }

void http_client::send(client_request request, milliseconds timeout, callback done) {
  impl_->send(std::move(request), timeout, std::move(done));
}

} // namespace mdai::transport
