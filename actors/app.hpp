#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "actors/environment.hpp"
#include "storage/journal.hpp"
#include "transport/server.hpp"

namespace mdai {

struct recovered;
struct recovered_face;
struct face_engines;

/// The composition root: the one place that sees every room. Opens the journal, wakes the actors, listens; and takes it
/// all down in the reverse order.
class app {
public:
  app();
  ~app();
  app(const app&) = delete;
  app& operator=(const app&) = delete;

  /// Starts everything, once. On failure false, and `why` is one clear line.
  bool start(const settings& s, std::string& why);
  /// New settings for the running broker; TLS files are read again. `why` as above; on failure all stays as it was.
  bool reload(const settings& s, std::string& why);
  /// Nobody new comes in, and those who are here are told to go, spread over `drain.period`.
  void drain();
  /// WebSockets that are still here and HTTP requests that are not answered; 0: the drain is over.
  std::int64_t busy() const;
  /// Ends at once. Acknowledged state is on the disk already.
  void stop();

  /// 0: not listening.
  std::uint16_t plain_port() const;
  std::uint16_t tls_port() const;
  std::uint16_t admin_port() const;
  environment& env() { return env_; }

private:
  struct caf_config;

  bool open_journal(const settings& s, recovered& found, std::string& why);
  void spawn_actors(recovered found);
  bool open_engines(const settings& s, std::string& why);
  void spawn_face_actors(recovered_face found);
  void stop_actors();
  void stop_face_actors();
  bool listen(const settings& s, std::string& why);
  bool listen_on(std::unique_ptr<transport::server>& slot, const transport::server_options& options,
                 std::shared_ptr<const transport::router> routes, const settings& s, std::string& why);
  std::vector<transport::loop*> loops() const;
  void for_each_server(const std::function<void(transport::server&)>& f);

  environment env_;
  std::unique_ptr<caf_config> caf_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<storage::journal> journal_;
  std::shared_ptr<transport::tls_server_context> tls_;
  std::unique_ptr<face_engines> engines_; ///< of the face product, when it is on
  std::unique_ptr<transport::server> plain_, secure_, admin_;
  std::vector<std::thread> threads_;
};

} // namespace mdai
