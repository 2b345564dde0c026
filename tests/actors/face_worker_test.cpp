#include <deque>

#include <gtest/gtest.h>

#include "actors/face_metrics.hpp"
#include "tests/support/face_actors.hpp"

namespace mdai::test {
namespace {

using namespace std::chrono_literals;

/// A worker that answers the oldest frame when the test says so, by a drop_track.
struct held_worker_state {
  using interface = face_worker_actor;
  static inline const char* name = "test.worker";
  using pictures = std::shared_ptr<std::vector<std::string>>;
  held_worker_state(interface::pointer self, pictures seen)
      : self_(self)
      , seen_(std::move(seen)) {}
  interface::behavior_type make_behavior() {
    return {[this](const analyze_frame& x) -> caf::result<analysed_frame> {
              seen_->push_back(*face::messages::bytes_of(x.frame, 1000));
              return asked_.emplace_back(self_->make_response_promise<analysed_frame>());
            },
            [this](const drop_track&) {
              if (asked_.empty())
                return;
              asked_.front().deliver(analysed_frame{*face_actors::person_in("anna:0"), {}});
              asked_.pop_front();
            }};
  }
  interface::pointer self_;
  pictures seen_;
  std::deque<caf::typed_response_promise<analysed_frame>> asked_;
};

struct held_workers_state {
  using interface = face_workers_actor;
  static inline const char* name = "test.workers";
  held_workers_state(interface::pointer, face_worker_actor worker)
      : worker_(std::move(worker)) {}
  interface::behavior_type make_behavior() {
    return {[this](const pick_face_worker&) { return worker_; },
            [](const describe_engine&) { return face::engine_info{}; }};
  }
  face_worker_actor worker_;
};

TEST(FaceWorker, ASlowEngineNeverBuildsAQueue) {
  face_actors f;
  auto seen = std::make_shared<std::vector<std::string>>();
  auto worker = spawn_on<held_worker_state>(*f.w.env.system, nullptr, seen);
  f.w.env.face_workers = spawn_on<held_workers_state>(*f.w.env.system, nullptr, worker);
  auto c = f.connect(f.enrolment_of("u-1"));
  for (int i = 0; i < 5; ++i)
    c.show("anna");
  EXPECT_EQ(*seen, (std::vector<std::string>{"anna:0"}));
  EXPECT_EQ(c.socket->types(), (std::vector<std::string>{"connection_established", "error", "error", "error"}));
  EXPECT_EQ(c.last()["code"], 429);
  EXPECT_EQ(c.socket->unconsumed, 0u) << "what waits does not stop the newest from being read";
  caf::anon_send(worker, drop_track{});
  f.w.run();
  EXPECT_EQ(*seen, (std::vector<std::string>{"anna:0", "anna:4"}));
  EXPECT_EQ(c.last()["type"], "frame_processed");
  caf::anon_send_exit(worker, caf::exit_reason::kill);
}

TEST(FaceWorker, OneThatNeverAnswersIsGivenUp) {
  face_actors f;
  auto seen = std::make_shared<std::vector<std::string>>();
  auto worker = spawn_on<held_worker_state>(*f.w.env.system, nullptr, seen);
  f.w.env.face_workers = spawn_on<held_workers_state>(*f.w.env.system, nullptr, worker);
  auto c = f.connect(f.enrolment_of("u-1"));
  c.show("anna");
  f.w.advance(33s);
  EXPECT_EQ(c.last()["code"], 503) << "and it is not this person's fault";
  caf::anon_send_exit(worker, caf::exit_reason::kill);
}

TEST(FaceWorker, ThatThrowsIsReplacedAndItsSessionsGoOn) {
  face_actors f;
  auto c = f.connect(f.enrolment_of("u-1"));
  c.show("anna");
  auto before = face_metrics::workers_replaced.value();
  f.script->see = [](std::string_view) -> result<face::frame_analysis> { throw std::runtime_error{"a bug"}; };
  c.show("anna");
  EXPECT_EQ(c.last()["code"], 500);
  EXPECT_FALSE(c.closed());
  EXPECT_EQ(face_metrics::workers_replaced.value(), before + 1);
  EXPECT_EQ(f.script->engines, 2) << "the dead one's is gone, and there is a new one";
  f.script->see = [](std::string_view image) { return face_actors::person_in(image); };
  c.show_until_end("anna");
  EXPECT_EQ(c.last()["type"], "enrollment_complete");
}

TEST(FaceWorker, TracksEndWithTheirStreams) {
  face_actors f;
  auto c = f.connect(f.enrolment_of("u-1"));
  c.show("anna");
  EXPECT_EQ(f.script->tracks, 1);
  c.show_until_end("anna");
  f.w.run();
  EXPECT_EQ(f.script->tracks, 0);
}

using engine_or_not = result<std::unique_ptr<vision::face_engine>>;

TEST(FaceWorker, DoesNotUseAnEngineThatIsAnotherOneNow) {
  face_actors f;
  auto c = f.connect(f.enrolment_of("u-1"));
  c.show("anna");
  EXPECT_EQ(c.last()["type"], "frame_processed");
  f.script->info.version = "replaced meanwhile";
  f.script->see = [](std::string_view) -> result<face::frame_analysis> {
    throw std::runtime_error("a test wants it so");
  };
  for (int workers = 0; workers < 2; ++workers)
    c.show("anna"); // and dies with it
  f.script->see = [](std::string_view image) { return face_actors::person_in(image); };
  c.show("anna");
  EXPECT_EQ(c.last()["code"], 503);
}

TEST(FaceWorker, TakesItsEngineAtItsStartAndTriesAgainWhenItCannot) {
  actor_world w{face_settings()};
  auto script = std::make_shared<engine_script>();
  script->see = [](std::string_view image) { return face_actors::person_in(image); };
  int failures = 2;
  auto worker = spawn_on<face_worker_state>(*w.env.system, nullptr, w.env, script->info, [&]() -> engine_or_not {
    if (failures-- > 0)
      return errc::not_found;
    return engine_or_not{std::make_unique<scripted_engine>(script)};
  });
  w.run();
  face::messages::picture frame{payload{"anna:0"}, {}, true};
  auto ask = [&](std::chrono::seconds patience = 1s) {
    auto answer = w.ask<analysed_frame>(worker, analyze_frame{uuid::make(), frame, w.env.steady() + patience});
    w.run();
    return *answer->value;
  };
  EXPECT_EQ(ask().why, errc::overloaded);
  EXPECT_TRUE(ask().analysis);
  const int looked_at = script->frames;
  EXPECT_EQ(ask(0s).why, errc::timed_out) << "nobody waits for it";
  EXPECT_EQ(script->frames, looked_at);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  w.run();
}

} // namespace
} // namespace mdai::test
