#pragma once
#include <memory>
#include <string>

#include "actors/face_connection.hpp"
#include "actors/face_gallery.hpp"
#include "actors/face_registry.hpp"
#include "actors/face_stream.hpp"
#include "actors/face_worker.hpp"
#include "actors/hosted.hpp"
#include "actors/recovery.hpp"
#include "protocol/crypto.hpp"
#include "tests/support/actor_world.hpp"
#include "tests/support/face_settings.hpp"
#include "tests/support/scripted_engine.hpp"

namespace mdai::test {

/// A camera: a socket that sends what an engine_script can read, "<who>:<frame>", and remembers what it hears.
class camera {
public:
  camera(actor_world& w, std::string session_token)
      : world_(w)
      , handler_(std::make_shared<face_socket>(w.env, std::move(session_token), request_trace{"r-1", {}}))
      , socket(std::make_shared<fake_socket>(*w.env.loops[0], handler_)) {
    w.sockets.push_back(socket);
    handler_->on_open(socket);
    w.run();
  }

  /// One frame, 100 ms after the one before.
  void show(const std::string& who) {
    world_.advance(milliseconds{100});
    socket->say(R"({"type":"frame","image":")" + crypto::base64(who + ":" + std::to_string(frame_++)) + "\"}");
    world_.run();
  }
  /// Frames until the session ends, or `most` are shown.
  void show_until_end(const std::string& who, int most = 40) {
    while (most-- > 0 && socket->open())
      show(who);
  }
  nlohmann::json last() const { return socket->last(); }
  std::optional<close_code> closed() const { return socket->closed; }
  bool heard(const std::string& type) const {
    auto all = socket->types();
    return std::count(all.begin(), all.end(), type) > 0;
  }

private:
  actor_world& world_;
  std::shared_ptr<face_socket> handler_;
  int frame_ = 0;

public:
  socket_ptr socket;
};

/// The face product in one thread and in virtual time, its engine played by the test.
class face_actors {
public:
  explicit face_actors(const settings& s = face_settings(), storage::memory_journal journal = {},
                       wall_time wall = from_unix_ms(1'764'000'000'123))
      : script(std::make_shared<engine_script>())
      , w(s, std::move(journal), wall) {
    script->see = [](std::string_view image) { return person_in(image); };
    spawn();
  }
  ~face_actors() {
    auto end = [](auto& actor) {
      caf::anon_send_exit(actor, caf::exit_reason::kill);
      actor = nullptr;
    };
    for (auto& s : w.sockets)
      s->drop();
    w.run();
    end(w.env.face_registry);
    end(w.env.face_workers);
    end(w.env.face_gallery);
    w.run();
  }

  /// "anna:12": Anna at her twelfth frame. She blinks at every tenth, and moves aside and back in between.
  static result<face::frame_analysis> person_in(std::string_view image) {
    auto colon = image.find(':');
    if (colon == image.npos)
      return errc::invalid_image;
    int frame = std::stoi(std::string{image.substr(colon + 1)});
    face::frame_analysis f;
    f.status = face::frame_status::one_face;
    f.width = 640;
    f.height = 480;
    int aside = frame % 30 >= 13 ? 40 : 0;
    f.face = face::box{200 + aside, 100, 400 + aside, 340};
    f.quality = 0.8f + 0.001f * static_cast<float>(frame % 10);
    bool closed = frame % 10 == 8;
    f.eye_openness = closed ? std::array{0.03f, 0.03f} : std::array{0.28f, 0.28f};
    f.descriptor = descriptor_of(image.substr(0, colon));
    return f;
  }
  static face::embedding descriptor_of(std::string_view who) {
    if (who.starts_with("anna"))
      return {1, 0, 0};
    return who.starts_with("berta") ? face::embedding{0, 1, 0} : face::embedding{0, 0, 1};
  }

  /// A session, as REST makes them. `user` empty: 1:N.
  face::session_record create(face::session_kind kind, const std::string& user, const std::string& tenant = "acme") {
    create_face_session wish;
    wish.client_id = tenant;
    wish.user_id = user;
    wish.kind = kind;
    wish.request_id = "r-0";
    auto made = w.ask<face::session_record>(w.env.face_registry, wish);
    w.run();
    EXPECT_TRUE(made->value) << "no session was created: " << to_string(made->error);
    return made->value.value_or(face::session_record{});
  }
  face::session_record enrolment_of(const std::string& user, const std::string& tenant = "acme") {
    return create(face::session_kind::enrollment, user, tenant);
  }
  camera connect(const face::session_record& r) { return camera{w, r.token}; }

  /// What REST answers about a session.
  face::session_record status(const face::session_record& r) {
    auto seen = w.ask<face::session_record>(w.env.face_registry, find_face_session{r.client_id, r.token});
    w.run();
    return seen->value.value_or(face::session_record{});
  }
  /// Enrols somebody; what the camera heard last.
  nlohmann::json enrol(const std::string& who, const std::string& as, const std::string& tenant = "acme") {
    auto c = connect(enrolment_of(as, tenant));
    c.show_until_end(who);
    return c.last();
  }
  nlohmann::json authenticate(const std::string& who, const std::string& as, const std::string& tenant = "acme") {
    auto kind = as.empty() ? face::session_kind::identification : face::session_kind::verification;
    auto c = connect(create(kind, as, tenant));
    c.show_until_end(who);
    return c.last();
  }

  std::shared_ptr<engine_script> script;
  actor_world w;

private:
  void spawn() {
    auto& env = w.env;
    face_engine_maker make = [s = script]() -> result<std::unique_ptr<vision::face_engine>> {
      return std::unique_ptr<vision::face_engine>{std::make_unique<scripted_engine>(s)};
    };
    env.spawn_face_stream = [this](caf::execution_unit* home, face_stream_seed seed) {
      return spawn_on<face_stream_state>(*w.env.system, home, w.env, std::move(seed));
    };
    env.face_workers = spawn_on<face_workers_state>(*env.system, nullptr, env, script->info, make, 2, false);
    auto found = recover_face(*w.journal, w.wall() - w.env.now()->settings.face.session_retention);
    ASSERT_TRUE(found);
    env.face_gallery =
        spawn_on<face_gallery_state>(*env.system, nullptr, env, script->info, std::move(found->templates));
    env.face_registry =
        spawn_on<face_registry_state>(*env.system, nullptr, env, password_keeper_actor{}, std::move(*found));
    w.run();
  }
};

} // namespace mdai::test
