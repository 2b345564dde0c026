#include "actors/hosted.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

using letter_box = caf::typed_actor<accepts<frame>, accepts<binary_frame>, accepts<deadline>>;

/// Takes frames and keeps them, throws at binary frames, quits at its deadline.
struct reader {
  using interface = letter_box;
  static inline const char* name = "test.reader";

  explicit reader(interface::pointer p)
      : self(p) {}
  interface::behavior_type make_behavior() {
    return {[](const frame&) {}, [](const binary_frame&) { throw std::runtime_error{"as a bug would"}; },
            [this](const deadline&) { self->quit(); }};
  }
  interface::pointer self;
};

/// Leaves every frame in its mailbox until its deadline comes.
struct procrastinator {
  using interface = caf::typed_actor<accepts<frame>, accepts<deadline>>;
  static inline const char* name = "test.procrastinator";

  explicit procrastinator(interface::pointer p)
      : self(p) {}
  interface::behavior_type make_behavior() {
    self->set_default_handler(caf::skip);
    return {[this](const frame&) -> caf::result<void> {
              if (!awake)
                return caf::skip();
              return caf::unit;
            },
            [this](const deadline&) { awake = true; }};
  }
  interface::pointer self;
  bool awake = false;
};

class Metered : public actor_test {
protected:
  template <class State>
  typename State::interface spawn() {
    return spawn_on<State>(*w.env.system, nullptr);
  }
};

TEST_F(Metered, CountsWhatWaitsAndWhatWasRead) {
  auto& n = counters_of(reader::name);
  auto alive = n.alive.load();
  auto messages = n.messages.load();
  auto a = spawn<reader>();
  w.run();
  EXPECT_EQ(n.alive, alive + 1);
  for (int i = 0; i < 5; ++i)
    caf::anon_send(a, frame{});
  EXPECT_EQ(n.mailbox, 5);
  w.run();
  EXPECT_EQ(n.mailbox, 0);
  EXPECT_EQ(n.messages, messages + 5);
}

TEST_F(Metered, AMessageThatIsSkippedIsStillWaiting) {
  auto& n = counters_of(procrastinator::name);
  auto a = spawn<procrastinator>();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(a, frame{});
  w.run();
  EXPECT_EQ(n.mailbox, 3);
  caf::anon_send(a, deadline{});
  w.run();
  EXPECT_EQ(n.mailbox, 0);
}

TEST_F(Metered, AnActorThatEndsTakesItsUnreadMailWithIt) {
  auto& n = counters_of(reader::name);
  auto alive = n.alive.load();
  auto a = spawn<reader>();
  caf::anon_send(a, deadline{});
  for (int i = 0; i < 5; ++i)
    caf::anon_send(a, frame{});
  w.run();
  caf::anon_send(a, frame{});
  EXPECT_EQ(n.mailbox, 0) << "although it is still held";
  a = nullptr;
  EXPECT_EQ(n.mailbox, 0);
  EXPECT_EQ(n.alive, alive);
}

TEST_F(Metered, AnActorThatThrowsDiesAloneAndIsCounted) {
  auto& n = counters_of(reader::name);
  auto failed = n.failed.load();
  auto a = spawn<reader>(), b = spawn<reader>();
  auto down = std::make_shared<caf::error>();
  auto watcher = w.env.system->spawn([a, down](caf::event_based_actor* self) {
    self->monitor(a);
    self->set_down_handler([=](const caf::down_msg& x) {
      *down = x.reason;
      self->quit();
    });
    return caf::behavior{[](int) {}};
  });
  w.run();
  caf::anon_send(a, binary_frame{});
  w.run();
  EXPECT_EQ(*down, caf::sec::runtime_error);
  EXPECT_EQ(n.failed, failed + 1);
  auto messages = n.messages.load();
  caf::anon_send(b, frame{});
  w.run();
  EXPECT_EQ(n.messages, messages + 1);
}

} // namespace
} // namespace mdai::test
