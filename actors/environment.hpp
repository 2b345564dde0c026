#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/face_interfaces.hpp"
#include "actors/interfaces.hpp"
#include "actors/settings.hpp"
#include "protocol/crypto.hpp"
#include "protocol/token.hpp"
#include "transport/http_client.hpp"
#include "transport/loop.hpp"

namespace mdai {

/// One state of the settings, and what is derived from them. Immutable; a reload makes another.
struct configuration {
  mdai::settings settings;
  token_keys tokens;
  crypto::key256 qr_key;
  transport::url validate_url, api_url;
  std::string node;

  /// From settings that are checked already (actors/settings_check.hpp).
  static result<std::shared_ptr<const configuration>> make(const mdai::settings& s);
  session_policy policy() const;
};

/// What makes the node ready to serve; `/readyz` lists what is missing. Any thread.
struct readiness {
  std::atomic<bool> started{false}, journal{true}, draining{false};
  bool ready() const { return started && journal && !draining; }
};

/// The live connections of one loop, for the drain. Touched on that loop only.
class connection_registry {
public:
  void add(const connection_actor& c) { connections_.emplace(c.id(), c); }
  void remove(caf::actor_id id) { connections_.erase(id); }
  const std::unordered_map<caf::actor_id, connection_actor>& all() const { return connections_; }

private:
  std::unordered_map<caf::actor_id, connection_actor> connections_;
};

/// What a face_stream begins with.
struct face_stream_seed {
  face::session_record record;
  std::chrono::steady_clock::time_point deadline; ///< when the session expires, by the monotonic clock
  crypto::key256 payload_key{};                   ///< what its result is encrypted under
};

/// What every actor may look up. Made by app before the first actor; outlives the last.
struct environment {
  caf::actor_system* system = nullptr;
  std::vector<std::unique_ptr<transport::loop>> loops;
  std::vector<caf::execution_unit*> homes;                      ///< where to spawn on each loop (nullptr in tests)
  std::vector<std::unique_ptr<transport::http_caller>> clients; ///< one per loop
  std::atomic<std::shared_ptr<const configuration>> config;
  mdai::readiness ready;
  std::vector<connection_registry> connections; ///< one per loop
  std::atomic<std::int64_t> exchanges{0};       ///< HTTP requests that actors are answering

  persistence_actor persistence;
  eraser_actor eraser;
  outbox_actor outbox;
  device_registry_actor device_registry;
  challenges_actor challenges;
  api_actor admin_api;
  std::vector<supervisor_actor> supervisors;              ///< one per loop
  std::vector<device_directory_actor> device_directories; ///< one per loop
  std::vector<api_actor> apis;                            ///< one per loop
  std::vector<api_actor> device_apis;                     ///< one per loop

  // The face product; empty while it is off.
  face_registry_actor face_registry;
  password_keeper_actor password_keeper;
  face_workers_actor face_workers;
  face_gallery_actor face_gallery;
  std::vector<api_actor> face_apis; ///< one per loop
  /// Spawns the stream of a session on that loop.
  std::function<face_stream_actor(caf::execution_unit* home, face_stream_seed seed)> spawn_face_stream;

  std::function<wall_time()> wall = wall_now; ///< what the wall clock says; tests turn it by hand
  std::function<double()> dice;               ///< [0, 1) for retries; empty: random. Tests repeat themselves by it

  std::shared_ptr<const configuration> now() const { return config.load(); }
  /// Monotonic time, by the clock that the actors' timers go by. Any thread.
  std::chrono::steady_clock::time_point steady() const { return system->clock().now(); }
  /// Where that session lives, or would.
  transport::loop& loop_of(const object_id& id) const { return *loops[id.place(loops.size())]; }
  /// The supervisor that knows the sessions of that id.
  const supervisor_actor& supervisor_of(const object_id& id) const { return supervisors[id.place(supervisors.size())]; }
  /// The loop of a face session's stream, which its token decides.
  std::size_t place_of_face(const std::string& token) const { return std::hash<std::string>{}(token) % loops.size(); }
  const device_directory_actor& directory_of(const std::string& device_id) const {
    return device_directories[std::hash<std::string>{}(device_id) % device_directories.size()];
  }
};

} // namespace mdai
