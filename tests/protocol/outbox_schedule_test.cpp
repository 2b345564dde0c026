#include "protocol/outbox_schedule.hpp"

#include <gtest/gtest.h>

#include "protocol/breaker.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

/// A schedule whose jitter is its ceiling, and a clock that tests move.
struct OutboxSchedule : testing::Test {
  outbox_policy policy;
  outbox_schedule schedule{policy, [] { return 0.999999; }};
  outbox_schedule::time_point now{1h};
  std::size_t made = 0;

  object_id add(milliseconds age = 0ms, milliseconds left = 180s) {
    object_id::bytes b{};
    b[11] = static_cast<std::uint8_t>(++made);
    b[10] = static_cast<std::uint8_t>(made >> 8);
    object_id id{b};
    schedule.add(id, now, age, left);
    return id;
  }
  auto due() { return schedule.due(now); }
  /// Moves the clock to the next attempt of the only entry; how long that took.
  milliseconds until_attempt() {
    auto begin = now;
    for (auto d = due(); d.attempt.empty(); d = due())
      now = *schedule.next();
    return std::chrono::duration_cast<milliseconds>(now - begin);
  }
  void fail(const object_id& id, std::optional<seconds> retry_after = {}) {
    schedule.on_failure(id, now, outbox_schedule::culprit::backend, retry_after);
  }
  void fail_ourselves(const object_id& id) { schedule.on_failure(id, now, outbox_schedule::culprit::ourselves, {}); }
};

TEST_F(OutboxSchedule, TriesANewResultAtOnce) {
  auto id = add();
  EXPECT_EQ(due().attempt, std::vector{id});
  EXPECT_TRUE(due().attempt.empty()); // in flight
  schedule.remove(id, true);
  EXPECT_EQ(schedule.size(), 0u);
  EXPECT_EQ(schedule.next(), std::nullopt);
}

TEST_F(OutboxSchedule, BacksOffExponentiallyAndSlowerAfterTheWindow) {
  auto id = add();
  due();
  for (auto gap : {200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    fail(id);
    EXPECT_NEAR(static_cast<double>(until_attempt().count()), static_cast<double>(gap.count()), 2);
  }
  now += 5s; // past the window
  EXPECT_FALSE(due().pending.empty());
  fail(id);
  EXPECT_NEAR(static_cast<double>(until_attempt().count()), 6400, 2);
}

TEST_F(OutboxSchedule, TellsThePartiesOnceWhenTheWindowIsOverEvenWhileAnAttemptHangs) {
  auto id = add();
  due();
  fail(id);
  now += 300ms;
  EXPECT_EQ(due().attempt, std::vector{id}); // hangs from here on
  now += 4699ms;
  EXPECT_TRUE(due().pending.empty());
  now += 1ms;
  EXPECT_EQ(due().pending, std::vector{id});
  now += 60s;
  fail(id);
  EXPECT_TRUE(due().pending.empty());
}

TEST_F(OutboxSchedule, KeepsTheRetriesOfALiveSessionWithinTenSeconds) {
  auto id = add();
  for (int i = 0; i < 20; ++i) {
    auto d = due();
    if (!d.attempt.empty())
      fail(id);
    auto next = *schedule.next();
    EXPECT_LE(next - now, 10s);
    now = next;
  }
}

TEST_F(OutboxSchedule, RetriesUpToFiveMinutesApartAfterTheSession) {
  auto id = add(0ms, 0ms);
  auto longest = 0ns;
  for (int i = 0; i < 40; ++i) {
    if (!due().attempt.empty())
      fail(id);
    auto next = *schedule.next();
    longest = std::max<std::chrono::nanoseconds>(longest, next - now);
    now = next;
  }
  EXPECT_GT(longest, 290s);
  EXPECT_LE(longest, 300s);
}

TEST_F(OutboxSchedule, HonoursRetryAfter) {
  auto id = add();
  due();
  fail(id, 7s);
  EXPECT_EQ(until_attempt(), 7s);
}

TEST_F(OutboxSchedule, GivesUpAfterItsRetentionCountedFromTheRecord) {
  auto id = add(23h);
  due();
  fail(id);
  now += 1h;
  auto d = due();
  EXPECT_TRUE(d.attempt.empty());
  EXPECT_EQ(d.give_up, std::vector{id});
  EXPECT_EQ(schedule.size(), 0u);
}

TEST_F(OutboxSchedule, BoundsWhatIsInFlightAndGoesOnWhenOneEnds) {
  for (int i = 0; i < 40; ++i)
    add();
  auto first = due().attempt;
  EXPECT_EQ(first.size(), policy.max_in_flight);
  EXPECT_TRUE(due().attempt.empty());
  schedule.remove(first[0], true);
  EXPECT_EQ(due().attempt.size(), 1u);
}

TEST_F(OutboxSchedule, ADeadBackendIsTriedByOneAtATimeUntilItAnswers) {
  for (int i = 0; i < 40; ++i)
    add();
  for (auto& id : due().attempt)
    fail(id);
  EXPECT_TRUE(schedule.backend_down());
  auto trial = due().attempt;
  ASSERT_EQ(trial.size(), 1u);
  EXPECT_TRUE(due().attempt.empty());
  schedule.remove(trial[0], true);
  EXPECT_EQ(due().attempt.size(), policy.max_in_flight);
}

TEST_F(OutboxSchedule, ARetryAfterIsHonouredUpToTheLongestPauseOfItsTime) {
  auto id = add(0ms, 60s);
  due();
  fail(id, 3600s);
  EXPECT_EQ(until_attempt(), 10s);
  now += 60s; // its session is over
  fail(id, 3600s);
  EXPECT_EQ(until_attempt(), 300s);
}

TEST_F(OutboxSchedule, OurOwnFailuresAreRetriedButSayNothingOfTheBackend) {
  for (int i = 0; i < 40; ++i)
    add();
  for (auto& id : due().attempt)
    fail_ourselves(id);
  EXPECT_FALSE(schedule.backend_down());
  now += 10s;
  EXPECT_EQ(due().attempt.size(), policy.max_in_flight);
}

TEST(Breaker, LetsEverybodyThroughUntilFailuresComeInARow) {
  breaker b{3};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(b.on_call(), breaker::verdict::go);
    b.on_result(i % 3 == 2);
  }
  EXPECT_FALSE(b.open());
}

TEST(Breaker, OpenItLetsOneTryAndItsSuccessFreesAll) {
  breaker b{2};
  for (int i = 0; i < 2; ++i) {
    b.on_call();
    b.on_result(false);
  }
  ASSERT_TRUE(b.open());
  EXPECT_EQ(b.on_call(), breaker::verdict::go);
  EXPECT_EQ(b.on_call(), breaker::verdict::wait);
  EXPECT_FALSE(b.on_result(false));
  EXPECT_EQ(b.on_call(), breaker::verdict::go);
  EXPECT_TRUE(b.on_result(true));
  EXPECT_FALSE(b.open());
  EXPECT_EQ(b.on_call(), breaker::verdict::go);
  EXPECT_EQ(b.on_call(), breaker::verdict::go);
}

} // namespace
} // namespace mdai
