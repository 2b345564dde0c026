#include "tests/support/actor_world.hpp"

#include <caf/detail/test_actor_clock.hpp>
#include <gtest/gtest.h>

#include "actors/admin_api.hpp"
#include "actors/api.hpp"
#include "actors/challenges.hpp"
#include "actors/connection.hpp"
#include "actors/device_api.hpp"
#include "actors/device_directory.hpp"
#include "actors/device_registry.hpp"
#include "actors/eraser.hpp"
#include "actors/face_api.hpp"
#include "actors/face_registry.hpp"
#include "actors/hosted.hpp"
#include "actors/outbox.hpp"
#include "actors/password_keeper.hpp"
#include "actors/persistence.hpp"
#include "actors/recovery.hpp"
#include "actors/session_tokens.hpp"
#include "actors/supervisor.hpp"
#include "storage/records.hpp"

namespace mdai::test {
namespace {

/// Lets us look at the next timer of CAF's clock, which it keeps from the public.
struct next_timer : caf::detail::test_actor_clock {
  static std::optional<time_point> of(const caf::detail::test_actor_clock& clock) {
    auto& schedule = clock.*(&next_timer::schedule_);
    return schedule.empty() ? std::nullopt : std::optional{schedule.begin()->first};
  }
};

} // namespace

settings test_settings() {
  settings s;
  s.auth.jwt_secret = "a-secret-of-tests-with-more-than-32-bytes";
  s.qr.encryption_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  s.backend.validate_url = "http://platform.test/validate";
  s.backend.api_url = "http://platform.test/result";
  s.backend.api_key = "key-of-tests";
  s.server.node = "test";
  return s;
}

actor_world::actor_world(const settings& s, storage::memory_journal from, wall_time wall, std::function<double()> dice)
    : journal(std::make_shared<storage::memory_journal>(std::move(from)))
    , wall_start_(wall) {
  config_.set("scheduler.policy", caf::atom("testing"));
  config_.add_message_types<caf::id_block::mdai>();
  config_.add_message_types<caf::id_block::mdai_handles>();
  config_.add_message_types<caf::id_block::mdai_face>();
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  steady_start_ = scheduler_->clock().now();

  env.system = system_.get();
  env.wall = [this] { return this->wall(); };
  env.dice = std::move(dice);
  env.config = *configuration::make(s);
  env.ready.started = true;
  env.loops.push_back(std::make_unique<transport::loop>(0));
  env.homes.push_back(nullptr);
  env.connections.resize(1);
  auto client = std::make_unique<fake_platform>();
  platform = client.get();
  env.clients.push_back(std::move(client));
  spawn_actors();
}

// The tree as app.cpp spawns it, but for the threads of persistence and the eraser.
void actor_world::spawn_actors() {
  auto found = recover(*journal, wall());
  ASSERT_TRUE(found);
  env.outbox = spawn_on<outbox_state>(*system_, nullptr, env, std::move(found->outbox));
  env.persistence = spawn_on<persistence_state>(*system_, nullptr, journal, env.outbox, env);
  env.eraser = spawn_on<eraser_state>(*system_, nullptr, journal, env.persistence);
  env.device_directories.push_back(spawn_on<device_directory_state>(*system_, nullptr));
  env.supervisors.push_back(spawn_on<supervisor_state>(*system_, nullptr, env, std::move(found->sessions)));
  env.apis.push_back(spawn_on<api_state>(*system_, nullptr, env, 0));
  env.device_registry = spawn_on<device_registry_state>(*system_, nullptr, env, std::move(found->devices));
  env.challenges = spawn_on<challenges_state>(*system_, nullptr, env, std::move(found->challenges));
  env.device_apis.push_back(spawn_on<device_api_state>(*system_, nullptr, env));
  env.admin_api = spawn_on<admin_api_state>(*system_, nullptr, env);
}

void actor_world::spawn_face_actors() {
  auto found = recover_face(*journal, wall() - env.now()->settings.face.session_retention);
  ASSERT_TRUE(found);
  env.password_keeper = spawn_on<password_keeper_state>(*system_, nullptr);
  env.face_registry = spawn_on<face_registry_state>(*system_, nullptr, env, env.password_keeper, std::move(*found));
  env.face_apis.push_back(spawn_on<face_api_state>(*system_, nullptr, env));
}

actor_world::~actor_world() {
  journal->fail_commits(true); // what is written from here on was never written
  for (auto& s : sockets)
    s->drop();
  platform->script = [](fake_platform::call& call) { call.fail(errc::connection_lost); };
  for (auto& call : platform->calls)
    if (call.done)
      call.fail(errc::connection_lost);
  scheduler_->run();
  // Whoever still runs finds nobody to talk to.
  auto dismiss = [](auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  };
  dismiss(env.eraser);
  dismiss(env.persistence);
  dismiss(env.outbox);
  dismiss(env.supervisors[0]);
  dismiss(env.device_directories[0]);
  dismiss(env.apis[0]);
  dismiss(env.device_apis[0]);
  dismiss(env.admin_api);
  dismiss(env.challenges);
  dismiss(env.device_registry);
  if (env.face_registry) {
    dismiss(env.face_registry);
    dismiss(env.password_keeper);
    dismiss(env.face_apis[0]);
  }
  scheduler_->run();
  scheduler_->clock().cancel_all();
  scheduler_->run();
  system_.reset();
}

// -- time ------------------------------------------------------------------------------------------------------------

void actor_world::run() {
  do
    scheduler_->run();
  while (finish_closes());
}

bool actor_world::finish_closes() {
  bool any = false;
  for (auto& s : sockets)
    if (s->closed && !s->gone()) {
      s->drop();
      any = true;
    }
  return any;
}

void actor_world::advance(duration d) {
  auto& clock = scheduler_->clock();
  auto end = clock.now() + d;
  run();
  for (auto next = next_timer::of(clock); next && *next <= end; next = next_timer::of(clock)) {
    clock.advance_time(std::max(*next - clock.now(), duration{0}));
    run();
  }
  clock.advance_time(end - clock.now());
  run();
}

wall_time actor_world::wall() const {
  return wall_start_ + std::chrono::floor<milliseconds>(scheduler_->clock().now() - steady_start_);
}

void actor_world::reload(const settings& s) {
  env.config = *configuration::make(s);
  caf::anon_send(supervisor(), policy_changed{env.now()->policy()});
  for (auto& [id, connection] : env.connections[0].all())
    caf::anon_send(connection, limits_changed{});
}

// -- clients ---------------------------------------------------------------------------------------------------------

session_record actor_world::create(std::string platform_id) {
  auto made = ask<session_record>(supervisor(), create_session{object_id::make(wall()), std::move(platform_id), "r"});
  run();
  EXPECT_TRUE(made->value) << "no session was created";
  return made->value.value_or(session_record{});
}

std::string actor_world::token(const session_record& r, party who) const { return session_token(*env.now(), r, who); }

socket_ptr actor_world::open(upgrade_claims claims) {
  auto port = std::make_shared<connection_port>(env, std::move(claims));
  auto socket = std::make_shared<fake_socket>(*env.loops[0], port);
  port->on_open(socket);
  sockets.push_back(socket);
  return socket;
}

socket_ptr actor_world::connect_mobile(const session_record& r) {
  upgrade_claims claims;
  claims.query_token = token(r, party::mobile);
  return open(std::move(claims));
}

socket_ptr actor_world::connect_device(const session_record& r, std::string device_id) {
  upgrade_claims claims;
  claims.who = party::device;
  claims.query_token = token(r, party::device);
  claims.device_id = std::move(device_id);
  return open(std::move(claims));
}

// -- actors ----------------------------------------------------------------------------------------------------------

session_actor actor_world::session(const object_id& id) {
  auto found = ask<session_actor>(supervisor(), find_session{id});
  run();
  EXPECT_TRUE(found->value) << "no such session";
  return found->value.value_or(session_actor{});
}

session_record actor_world::look(const object_id& id) {
  auto seen = ask<session_record>(session(id), mdai::look{});
  run();
  return seen->value.value_or(session_record{});
}

std::optional<session_record> actor_world::stored(const session_record& r) {
  auto bytes = journal->get(storage::column::sessions, storage::session_key(r));
  if (!bytes || !*bytes)
    return std::nullopt;
  auto record = storage::decode_session(**bytes);
  return record ? std::optional{*record} : std::nullopt;
}

std::size_t actor_world::rows(storage::column c) {
  std::size_t n = 0;
  (void)journal->scan(c, {}, {}, [&](std::string_view, std::string_view) { return ++n, true; });
  return n;
}

} // namespace mdai::test
