#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

class SessionActor : public actor_test {};

TEST_F(SessionActor, ExpiresExactlyAtItsDeadlineAndNotBefore) {
  seat_both();
  auto left = r.expires_at - w.wall();
  w.advance(left - 1ns);
  EXPECT_TRUE(mobile->sent.empty());
  EXPECT_FALSE(mobile->closed || device->closed);
  w.advance(1ns);
  for (auto& s : {mobile, device}) {
    EXPECT_EQ(s->types(), types{"session_expired"});
    EXPECT_EQ(s->closed, close_code::unauthorized);
    EXPECT_EQ(s->reason, "Session expired");
  }
}

TEST_F(SessionActor, TheWallClockThatIsSetForwardEndsNoRunningSession) {
  seat_both();
  w.set_wall_forward(std::chrono::hours{1});
  w.advance(r.expires_at - r.created_at - 1ms);
  EXPECT_FALSE(mobile->closed);
  w.advance(1ms);
  EXPECT_EQ(mobile->closed, close_code::unauthorized);
}

TEST_F(SessionActor, SeatsADeviceOnlyWhenItsBindingIsOnTheDisk) {
  r = w.create();
  device = w.connect_device(r);
  w.run();
  EXPECT_EQ(w.stored(r)->device_id, "RDK_001");
  EXPECT_EQ(device->types(), types{"auth_success"});
}

TEST_F(SessionActor, RefusesADeviceWhoseBindingCannotBeStoredAndTakesItLater) {
  r = w.create();
  w.journal->fail_commits(true);
  device = w.connect_device(r);
  w.run();
  EXPECT_EQ(device->types(), types{"auth_failed"});
  EXPECT_EQ(device->closed, close_code::overload);
  w.journal->fail_commits(false);
  w.advance(2s); // the journal is tried again
  device = w.connect_device(r, "RDK_002");
  w.run();
  EXPECT_EQ(device->types(), types{"auth_success"});
}

TEST_F(SessionActor, RelaysBothWaysGivesBackTheReadWindowAndKeepsThePlatformId) {
  seat_both();
  mobile->say(R"({"type":"to_device","data":{"platform_id":"PLT_secret9","n":1}})");
  device->say(R"({"type":"to_mobile","data":{"n":12345678901234567890}})");
  w.run();
  EXPECT_EQ(device->sent, types{R"({"type":"to_device","data":{"n":1}})"});
  EXPECT_EQ(mobile->sent, types{R"({"type":"to_mobile","data":{"n":12345678901234567890}})"});
  EXPECT_EQ(mobile->unconsumed, 0u);
  EXPECT_EQ(device->unconsumed, 0u);
}

TEST_F(SessionActor, TellsTheFinalResultOnlyAfterItIsStoredAndThenCloses) {
  seat_both();
  submit();
  w.run();
  EXPECT_EQ(w.stored(r)->status, session_status::delivering);
  EXPECT_EQ(w.rows(storage::column::outbox), 1u);
  w.journal->fail_commits(true);
  last_call().answer(200, accepted);
  w.run();
  EXPECT_TRUE(mobile->sent.empty()); // nothing is told that a crash could take back
  w.journal->fail_commits(false);
  w.advance(3s);
  EXPECT_EQ(mobile->types(), types{"verification_result"});
  EXPECT_EQ(mobile->last()["status"], "success");
  EXPECT_EQ(mobile->last()["platform_id"], "PLT_secret9");
  EXPECT_FALSE(device->last().contains("platform_id"));
  EXPECT_EQ(mobile->closed, close_code::done);
  EXPECT_EQ(device->closed, close_code::done);
  EXPECT_EQ(w.stored(r)->status, session_status::completed);
  EXPECT_EQ(w.rows(storage::column::outbox) + w.rows(storage::column::images), 0u);
}

TEST_F(SessionActor, AResultThatCannotBeStoredMayBeSentAgain) {
  seat_both();
  w.journal->fail_commits(true);
  submit();
  w.run();
  EXPECT_EQ(device->last()["code"], 503);
  w.journal->fail_commits(false);
  w.advance(2s);
  submit();
  w.run();
  EXPECT_EQ(w.platform->calls.size(), 1u);
}

TEST_F(SessionActor, AResultThatIsJournaledWhileTheSessionExpiresIsStillDelivered) {
  seat_both();
  w.advance(r.expires_at - w.wall() - 1ms);
  submit();
  w.scheduler().run_once();        // the session has sent its result to the journal,
  w.scheduler().advance_time(1ms); // but meets its deadline before the journal's answer
  w.run();
  EXPECT_EQ(device->closed, close_code::unauthorized);
  EXPECT_EQ(w.rows(storage::column::outbox), 1u);
  EXPECT_EQ(w.platform->calls.size(), 1u);
}

TEST_F(SessionActor, ADeviceThatIsAliveElsewhereIsBusyThere) {
  seat_both();
  auto other = w.create("PLT_other77");
  auto again = w.connect_device(other);
  w.run();
  EXPECT_EQ(device->pings, 1u);
  w.advance(1s);
  device->pong();
  w.run();
  EXPECT_EQ(again->last()["error"], messages::device_busy);
  EXPECT_EQ(again->closed, close_code::multi_scan);
  EXPECT_TRUE(device->open());
  EXPECT_FALSE(w.stored(other)->multi_scan_detected);
}

TEST_F(SessionActor, ADeviceThatIsSilentForTwoSecondsGoesToItsNewSession) {
  seat_both();
  auto other = w.create("PLT_other77");
  auto again = w.connect_device(other);
  w.advance(2s - 1ms);
  EXPECT_TRUE(device->open());
  EXPECT_TRUE(again->sent.empty());
  w.advance(1ms);
  EXPECT_TRUE(device->closed);
  EXPECT_EQ(mobile->types(), types{"device_disconnected"});
  EXPECT_EQ(again->types(), types{"auth_success"});
  EXPECT_EQ(w.stored(r)->device_id, "");
}

TEST_F(SessionActor, ADeviceWhoseSecondConnectionVanishesKeepsItsFirst) {
  // At whatever moment of the second one's joining.
  for (int steps = 0; steps < 12; ++steps) {
    seat_both();
    auto second = w.connect_device(r);
    for (int i = 0; i < steps; ++i)
      w.scheduler().try_run_once();
    second->drop();
    w.run();
    auto there = device->open() ? device : nullptr;
    auto other = w.create("PLT_other77");
    auto thief = w.connect_device(other);
    w.run();
    if (there) {
      EXPECT_EQ(there->pings, 1u) << "the device counts as free although it is connected, after " << steps;
    }
    w.advance(3min);
  }
}

TEST_F(SessionActor, ADeviceThatReconnectsWhileItsOldConnectionEndsIsNotFree) {
  for (int steps = 0; steps < 12; ++steps) {
    seat_both();
    auto second = w.connect_device(r);
    for (int i = 0; i < steps; ++i)
      w.scheduler().try_run_once();
    device->drop();
    w.run();
    ASSERT_TRUE(second->open());
    auto other = w.create("PLT_other77");
    w.connect_device(other);
    w.run();
    EXPECT_EQ(second->pings, 1u) << "the device counts as free although it is connected, after " << steps;
    w.advance(3min);
  }
}

TEST_F(SessionActor, ADeviceOfARestartedSessionIsNotFree) {
  seat_both();
  mobile->throw_once = true;
  device->say(R"({"type":"to_mobile","data":1})");
  w.run();
  auto other = w.create("PLT_other77");
  auto thief = w.connect_device(other);
  w.run();
  EXPECT_EQ(device->pings, 1u);
  device->pong();
  w.run();
  EXPECT_EQ(thief->last()["error"], messages::device_busy);
}

} // namespace
} // namespace mdai::test
