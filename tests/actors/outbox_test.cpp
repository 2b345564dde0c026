#include "storage/records.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

using storage::column;

class OutboxActor : public actor_test {
protected:
  void seat_and_submit() {
    seat_both();
    submit();
    w.run();
    ASSERT_EQ(w.platform->calls.size(), 1u);
  }
  /// From here on the platform answers each call at once, like this.
  void platform_says(actor_world& world, unsigned status, std::string body = {}) {
    world.platform->script = [=](fake_platform::call& call) { call.answer(status, body); };
  }
  std::size_t rows() { return w.rows(column::outbox) + w.rows(column::images); }
};

TEST_F(OutboxActor, CallsThePlatformAsTheContractSays) {
  seat_and_submit();
  auto& call = last_call();
  EXPECT_EQ(call.request.method, "POST");
  EXPECT_EQ(call.request.where.target, "/result");
  EXPECT_EQ(call.request.headers.get("Idempotency-Key"), r.id.hex());
  EXPECT_EQ(call.request.headers.get("x-api-key"), "key-of-tests");
  EXPECT_EQ(call.request.body, R"({"platform_id":"PLT_secret9","image_base64":"aGVsbG8="})");
  EXPECT_EQ(call.timeout, 60s);
}

TEST_F(OutboxActor, TellsPendingWhenTheRetryWindowIsOverAndTheResultWhenItComes) {
  seat_and_submit();
  platform_says(w, 503);
  last_call().answer(503);
  w.advance(5s - 1ms);
  EXPECT_GT(w.platform->calls.size(), 3u);
  EXPECT_TRUE(mobile->sent.empty());
  w.advance(1ms);
  for (auto& s : {mobile, device}) {
    EXPECT_EQ(s->last()["delivery"], "pending");
    EXPECT_EQ(s->last()["final"], false);
  }
  platform_says(w, 200, accepted);
  w.advance(10s); // the longest pause while the session lives
  EXPECT_EQ(mobile->last()["status"], "success");
  EXPECT_EQ(mobile->closed, close_code::done);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(OutboxActor, ARetryThatSucceedsInsideTheWindowIsAllThatIsHeard) {
  seat_and_submit();
  platform_says(w, 200, accepted);
  last_call().fail(errc::timed_out);
  w.advance(5s);
  EXPECT_EQ(mobile->types(), types{"verification_result"});
  EXPECT_EQ(mobile->last()["final"], true);
}

TEST_F(OutboxActor, HonoursRetryAfter) {
  seat_and_submit();
  last_call().answer(429, {}, "4");
  w.advance(4s - 1ms);
  EXPECT_EQ(w.platform->calls.size(), 1u);
  w.advance(1ms);
  EXPECT_EQ(w.platform->calls.size(), 2u);
}

TEST_F(OutboxActor, AnAnswerAfterTheSessionsEndStillErasesTheImage) {
  seat_and_submit();
  platform_says(w, 500);
  last_call().answer(500);
  w.advance(180s);
  EXPECT_EQ(mobile->last()["type"], "session_expired");
  platform_says(w, 200, accepted);
  w.advance(5min);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(OutboxActor, AnImageThatCannotBeErasedAtOnceIsErasedLater) {
  seat_and_submit();
  platform_says(w, 500);
  last_call().answer(500);
  w.advance(180s);
  platform_says(w, 200, accepted);
  w.journal->fail_commits(true);
  w.advance(5min);
  EXPECT_EQ(rows(), 2u);
  w.journal->fail_commits(false);
  w.advance(5min + 1s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(OutboxActor, AnAnswerThatCannotBeStoredAtOnceIsNotAskedForAgain) {
  seat_and_submit();
  platform_says(w, 500); // whoever asks again hears something else
  w.journal->fail_commits(true);
  last_call().answer(200, accepted);
  w.advance(5s);
  EXPECT_TRUE(mobile->open());
  w.journal->fail_commits(false);
  w.advance(25s); // one attempt may come before the journal is back, the next within ten seconds
  EXPECT_EQ(w.platform->calls.size(), 1u);
  EXPECT_EQ(mobile->last()["status"], "success");
  EXPECT_EQ(rows(), 0u);
}

TEST_F(OutboxActor, NamesTheDevicesRequestToThePlatformEvenAfterARestart) {
  r = w.create();
  constexpr auto parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  upgrade_claims claims;
  claims.who = party::device;
  claims.query_token = w.token(r, party::device);
  claims.device_id = "RDK_001";
  claims.trace = {"rid-1", parent};
  device = w.open(std::move(claims));
  submit();
  w.run();
  actor_world next{test_settings(), *w.journal, w.wall()};
  next.run();
  for (auto world : {&w, &next}) {
    ASSERT_EQ(world->platform->calls.size(), 1u);
    EXPECT_EQ(world->platform->calls[0].request.headers.get("X-Request-Id"), "rid-1");
    EXPECT_EQ(world->platform->calls[0].request.headers.get("traceparent"), parent);
  }
}

TEST_F(OutboxActor, AResultWhoseImageIsGoneIsKeptAsADeadLetter) {
  seat_and_submit();
  storage::write_batch damage;
  damage.erase(column::images, storage::outbox_key(r.id));
  ASSERT_TRUE(w.journal->commit(damage));
  actor_world next{test_settings(), *w.journal, w.wall()};
  next.run();
  EXPECT_TRUE(next.platform->calls.empty());
  EXPECT_EQ(next.rows(column::dead_letters), 1u);
  EXPECT_EQ(next.rows(column::outbox), 0u);
}

TEST_F(OutboxActor, AfterARestartTheSameBodyGoesUnderTheSameKeyAndTheMobileHearsTheResult) {
  seat_and_submit();
  auto body = last_call().request.body;
  actor_world next{test_settings(), *w.journal, w.wall() + 10s};
  next.run();
  ASSERT_EQ(next.platform->calls.size(), 1u);
  EXPECT_EQ(next.platform->calls[0].request.body, body);
  EXPECT_EQ(next.platform->calls[0].request.headers.get("Idempotency-Key"), r.id.hex());
  next.platform->calls[0].answer(200, accepted);
  next.run();
  auto phone = next.connect_mobile(r);
  next.run();
  EXPECT_EQ(phone->types(), (types{"auth_success", "verification_result"}));
  EXPECT_EQ(phone->closed, close_code::done);
  EXPECT_EQ(next.rows(column::outbox) + next.rows(column::images), 0u);
}

TEST_F(OutboxActor, WhoeverComesAfterARestartHearsThatTheResultIsPending) {
  seat_and_submit();
  actor_world next{test_settings(), *w.journal, w.wall() + 10s};
  platform_says(next, 503);
  next.advance(6s);
  auto phone = next.connect_mobile(r);
  next.run();
  EXPECT_EQ(phone->types(), (types{"auth_success", "verification_result"}));
  EXPECT_EQ(phone->last()["delivery"], "pending");
}

TEST_F(OutboxActor, GivesAResultUpAfterItsRetentionAndKeepsItAsADeadLetter) {
  seat_and_submit();
  platform_says(w, 503);
  last_call().answer(503);
  w.advance(24h - 1s);
  EXPECT_EQ(w.rows(column::dead_letters), 0u);
  w.advance(6min);
  EXPECT_EQ(w.rows(column::dead_letters), 1u);
  EXPECT_EQ(w.rows(column::dead_images), 1u);
  EXPECT_EQ(rows(), 0u);
  auto calls = w.platform->calls.size();
  w.advance(1h);
  EXPECT_EQ(w.platform->calls.size(), calls);
}

TEST_F(OutboxActor, AResultThatCannotBeBuriedStaysUntilItCan) {
  seat_and_submit();
  platform_says(w, 503);
  last_call().answer(503);
  w.advance(24h - 1s);
  w.journal->fail_commits(true);
  w.advance(10min);
  EXPECT_EQ(rows(), 2u);
  w.journal->fail_commits(false);
  w.advance(1min);
  EXPECT_EQ(w.rows(column::dead_letters), 1u);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(OutboxActor, AFinalRefusalIsAFailedResultWithItsReason) {
  seat_and_submit();
  last_call().answer(422, R"({"success":false,"reason":"face of PLT_secret9 unknown","platform_id":"PLT_secret9"})");
  w.run();
  EXPECT_EQ(mobile->last()["status"], "failed");
  EXPECT_EQ(device->last()["status"], "failed");
  EXPECT_EQ(device->sent.back().find("PLT_secret9"), std::string::npos);
  EXPECT_EQ(w.stored(r)->status, session_status::failed);
}

} // namespace
} // namespace mdai::test
