#include "actors/device_directory.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

/// The directory among sessions that only answer its probes.
class DeviceDirectory : public actor_test {
protected:
  struct holder {
    object_id id;
    session_actor actor;
    std::shared_ptr<int> probes = std::make_shared<int>(0), revoked = std::make_shared<int>(0);
    std::shared_ptr<std::vector<caf::typed_response_promise<bool>>> asked =
        std::make_shared<std::vector<caf::typed_response_promise<bool>>>();

    void answer(bool alive) { alive ? caf::anon_send(actor, link_pong{}) : caf::anon_send(actor, ping_overdue{}); }
  };

  ~DeviceDirectory() override {
    for (auto h : {&first, &second, &third})
      h->asked->clear(); // a promise holds its actor
  }
  holder make_holder() {
    holder h;
    h.id = object_id::make(w.wall());
    h.actor =
        w.env.system->spawn([asked = h.asked, probes = h.probes, revoked = h.revoked](session_actor::pointer self) {
          auto answer = [asked](bool alive) {
            for (auto& promise : std::exchange(*asked, {}))
              promise.deliver(alive);
          };
          return session_actor::behavior_type{[](const join&) {},
                                              [](const frame&) {},
                                              [](const binary_frame&) {},
                                              [](const excess_frame&) {},
                                              [](const link_gone&) {},
                                              [=](const link_pong&) { answer(true); },
                                              [=](const ping_overdue&) { answer(false); },
                                              [](const deadline&) {},
                                              [=](const probe_device&) -> caf::result<bool> {
                                                ++*probes;
                                                asked->push_back(self->make_response_promise<bool>());
                                                return asked->back();
                                              },
                                              [](const delivery_pending&) {},
                                              [](const delivery_outcome&) { return true; },
                                              [](const mdai::look&) { return session_record{}; },
                                              [](const describe&) { return session_report{}; },
                                              [](const own_session&) { return session_record{}; },
                                              [](const end_session&) { return stored{}; },
                                              [=](const device_revoked&) { ++*revoked; }};
        });
    return h;
  }
  std::shared_ptr<answer<bool>> claim(const holder& h, std::string device_id = "RDK_001") {
    auto out = w.ask<bool>(w.env.device_directories[0], claim_device{std::move(device_id), h.id}, h.actor);
    w.run();
    return out;
  }
  void release(const holder& h) {
    caf::anon_send(w.env.device_directories[0], release_device{"RDK_001", h.id});
    w.run();
  }

  holder first = make_holder(), second = make_holder(), third = make_holder();
};

TEST_F(DeviceDirectory, GivesAFreeDeviceAwayAtOnceAndToItsHolderAgain) {
  EXPECT_EQ(claim(first)->value, true);
  EXPECT_EQ(claim(first)->value, true);
  EXPECT_EQ(claim(second, "RDK_002")->value, true);
  EXPECT_EQ(*first.probes, 0);
}

TEST_F(DeviceDirectory, AsksTheHolderFirstAndItsWordDecides) {
  claim(first);
  auto wish = claim(second);
  EXPECT_FALSE(wish->arrived());
  first.answer(true);
  w.run();
  EXPECT_EQ(wish->value, false);
  wish = claim(second);
  first.answer(false);
  w.run();
  EXPECT_EQ(wish->value, true);
  EXPECT_EQ(*second.probes, 0);
}

TEST_F(DeviceDirectory, AHolderThatDoesNotAnswerOrIsDeadHasNothing) {
  claim(first);
  auto wish = claim(second);
  w.advance(4s);
  EXPECT_EQ(wish->value, true);
  caf::anon_send_exit(second.actor, caf::exit_reason::kill);
  w.run();
  EXPECT_EQ(claim(third)->value, true);
}

TEST_F(DeviceDirectory, OfManyWhoRaceExactlyOneWins) {
  claim(first);
  auto a = claim(second), b = claim(third);
  EXPECT_EQ(*first.probes, 1); // one question at a time
  first.answer(false);
  w.run();
  EXPECT_EQ(a->value, true);
  EXPECT_FALSE(b->arrived());
  second.answer(true);
  w.run();
  EXPECT_EQ(b->value, false);
}

TEST_F(DeviceDirectory, AHolderThatDiedAndCameBackIsAskedInsteadOfItsDeadSelf) {
  claim(first);
  auto wish = claim(second);
  auto restarted = third;
  restarted.id = first.id;
  EXPECT_EQ(claim(restarted)->value, true);
  EXPECT_EQ(*third.probes, 1);
  w.advance(4s - 1ms);
  third.answer(true);
  w.advance(1ms); // the first question times out, and nobody cares
  EXPECT_EQ(wish->value, false);
  claim(second);
  EXPECT_EQ(*third.probes, 2);
}

TEST_F(DeviceDirectory, WhoReleasesWhileItWaitsGetsNothing) {
  claim(first);
  auto wish = claim(second);
  release(second);
  EXPECT_EQ(wish->value, false);
  first.answer(false);
  w.run();
  EXPECT_EQ(claim(third)->value, true);
  EXPECT_EQ(*second.probes, 0);
}

TEST_F(DeviceDirectory, AReleasedDeviceIsFree) {
  claim(first);
  release(first);
  EXPECT_EQ(claim(second)->value, true);
  EXPECT_EQ(*first.probes, 0);
}

TEST_F(DeviceDirectory, OnlyTheHolderCanRelease) {
  claim(first);
  release(second);
  claim(second);
  EXPECT_EQ(*first.probes, 1);
}

TEST_F(DeviceDirectory, AReleaseWhileTheHolderIsAskedFreesTheDevice) {
  claim(first);
  auto wish = claim(second);
  first.answer(false);
  release(first);
  EXPECT_EQ(wish->value, true);
  claim(third);
  EXPECT_EQ(*second.probes, 1); // the old holder's release has not taken it from the new one
}

TEST_F(DeviceDirectory, TellsTheSessionOfADeviceThatItWasRevoked) {
  auto revoke = [&](const char* device_id) {
    caf::anon_send(w.env.device_directories[0], device_revoked{device_id});
    w.run();
  };
  revoke("RDK_001"); // nobody has it
  claim(first);
  revoke("RDK_002");
  EXPECT_EQ(*first.revoked, 0);
  revoke("RDK_001");
  EXPECT_EQ(*first.revoked, 1);
}

} // namespace
} // namespace mdai::test
