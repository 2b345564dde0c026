#include "actors/app.hpp"
#include "actors/face_api.hpp"
#include "actors/face_engines.hpp"
#include "actors/face_gallery.hpp"
#include "actors/face_registry.hpp"
#include "actors/face_stream.hpp"
#include "actors/hosted.hpp"
#include "actors/log.hpp"
#include "actors/password_keeper.hpp"
#include "actors/recovery.hpp"

/// The part of the tree that is there when the face product is on.
namespace mdai {

bool app::open_engines(const settings& s, std::string& why) {
  if (!s.face.enabled)
    return true;
  auto opened = face_engines::open(s, why);
  if (!opened) {
    why = "the face engine cannot be opened: " + why;
    return false;
  }
  log::info("face_engine_opened")
      .with("engine", opened->info.id)
      .with("engine_version", opened->info.version)
      .with("workers", static_cast<std::int64_t>(opened->workers));
  engines_ = std::make_unique<face_engines>(std::move(*opened));
  return true;
}

void app::spawn_face_actors(recovered_face found) {
  auto& sys = *system_;
  env_.spawn_face_stream = [this](caf::execution_unit* home, face_stream_seed seed) {
    return spawn_on<face_stream_state>(*system_, home, env_, std::move(seed));
  };
  auto home = env_.homes[0];
  env_.face_workers = spawn_on<face_workers_state>(sys, home, env_, engines_->info, engines_->make, engines_->workers);
  env_.face_gallery =
      spawn_on<face_gallery_state, caf::detached>(sys, nullptr, env_, engines_->info, std::move(found.templates));
  env_.password_keeper = spawn_on<password_keeper_state, caf::detached>(sys, nullptr);
  env_.face_registry = spawn_on<face_registry_state>(sys, home, env_, env_.password_keeper, std::move(found));
  for (auto place : env_.homes)
    env_.face_apis.push_back(spawn_on<face_api_state>(sys, place, env_));
}

// The registry goes before those that its streams talk to.
void app::stop_face_actors() {
  auto end = [](auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill); // and its thread, if it has one
    actor = nullptr;
  };
  end(env_.face_registry);
  end(env_.face_workers);
  end(env_.face_gallery);
  end(env_.password_keeper);
  env_.face_apis.clear();
}

} // namespace mdai
