#include "protocol/token_bucket.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace mdai {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using time_point = token_bucket::time_point;

constexpr time_point start{seconds{1000}};
constexpr std::int64_t second = 1'000'000'000;

struct limit {
  std::uint32_t rate, burst;
};

constexpr limit limits[] = {{1, 1}, {3, 1}, {7, 2}, {10, 5}, {100, 200}, {999'999'937, 3}, {4'294'967'295, 1}, {1, 50}};

/// Arrivals at random: crowds, steady trickles near the rate and pauses.
std::vector<time_point> arrivals(std::mt19937_64& random, const limit& l, int count) {
  std::vector<time_point> times;
  auto t = start;
  const std::int64_t step = second / l.rate + 1;
  while (count-- > 0) {
    switch (random() % 8) {
    case 0:
      t += nanoseconds{random() % static_cast<std::uint64_t>(4 * step * (l.burst + 1))};
      break;
    case 1:
    case 2:
      t += nanoseconds{step - static_cast<std::int64_t>(random() % 2)};
      break;
    case 3:
    case 4:
      t += nanoseconds{random() % static_cast<std::uint64_t>(step)};
      break;
    default:
      break; // at the same instant
    }
    times.push_back(t);
  }
  return times;
}

/// Whether `count` events in a window of `t` are within burst + rate * t.
bool within(const limit& l, std::size_t count, nanoseconds t) {
  return static_cast<std::int64_t>(count) * second <= l.burst * second + l.rate * t.count();
}

TEST(token_bucket, RefusesExactlyWhatWouldBreakTheBoundInSomeWindow) {
  std::mt19937_64 random(42);
  for (const auto& l : limits)
    for (int round = 0; round < 20; ++round) {
      token_bucket bucket(l.rate, l.burst);
      std::vector<time_point> passed;
      for (auto t : arrivals(random, l, 400)) {
        bool fits = l.burst > 0;
        for (std::size_t i = 0; i < passed.size() && fits; ++i)
          fits = within(l, passed.size() - i + 1, t - passed[i]);
        ASSERT_EQ(bucket.take(t), fits) << l.rate << "/s, burst " << l.burst << ", event " << passed.size();
        if (fits)
          passed.push_back(t);
      }
    }
}

TEST(token_bucket, NeverRefusesAtItsRate) {
  for (const auto& l : limits) {
    token_bucket bucket(l.rate, l.burst);
    const nanoseconds interval{(second + l.rate - 1) / l.rate};
    for (int i = 0; i < 10'000; ++i)
      ASSERT_TRUE(bucket.take(start + i * interval)) << l.rate << "/s, event " << i;
  }
}

TEST(token_bucket, LetsItsBurstThroughAtOnceAndNoMore) {
  token_bucket bucket(100, 200);
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start + nanoseconds{9'999'999}));
  EXPECT_TRUE(bucket.take(start + nanoseconds{10'000'000}));
}

TEST(token_bucket, FillsNoFurtherThanItsBurst) {
  token_bucket bucket(4'294'967'295, 2);
  for (auto pause : {seconds{1}, seconds{3600}, seconds{100ll * 365 * 86400}}) {
    bucket = token_bucket(4'294'967'295, 2);
    EXPECT_TRUE(bucket.take(start));
    auto later = start + pause;
    EXPECT_TRUE(bucket.take(later));
    EXPECT_TRUE(bucket.take(later));
    EXPECT_FALSE(bucket.take(later));
  }
}

TEST(token_bucket, TakesAnEarlierTimeForTheLatestOne) {
  token_bucket bucket(1, 1);
  EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start - seconds{10}));
  EXPECT_FALSE(bucket.take(start));
  EXPECT_TRUE(bucket.take(start + seconds{1}));
}

TEST(token_bucket, NeverRefillsAtRateZeroAndHoldsNothingAtBurstZero) {
  token_bucket no_rate(0, 1), no_burst(1000, 0);
  EXPECT_TRUE(no_rate.take(start));
  EXPECT_FALSE(no_rate.take(start + seconds{1'000'000}));
  EXPECT_FALSE(no_burst.take(start + seconds{1'000'000}));
}

TEST(token_bucket, OfAnHourLetsAnHoursWorthThroughAndSaysWhenTheNextMayCome) {
  periodic_token_bucket<3600> bucket(4, 4);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(bucket.wait(start).count(), 0);
    ASSERT_TRUE(bucket.take(start));
  }
  EXPECT_FALSE(bucket.take(start));
  EXPECT_EQ(bucket.wait(start), seconds{900});
  EXPECT_EQ(bucket.wait(start + seconds{600}), seconds{300});
  EXPECT_FALSE(bucket.take(start + seconds{899}));
  EXPECT_TRUE(bucket.take(start + seconds{900}));
}

TEST(token_bucket, OfADayCutsABurstThatItCannotCount) {
  periodic_token_bucket<86400> bucket(4'000'000'000, 4'000'000'000);
  int passed = 0;
  while (passed < 200'000 && bucket.take(start))
    ++passed;
  EXPECT_GT(passed, 100'000);
  EXPECT_LT(passed, 200'000);
  EXPECT_TRUE(bucket.take(start + seconds{1}));
}

TEST(token_bucket, IsSmall) { EXPECT_LE(sizeof(token_bucket), 24u); }

} // namespace
} // namespace mdai
