#include "bench/load/histogram.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace mdai::load {
namespace {

TEST(load_histogram, SaysNothingOfNoValues) {
  const histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.percentile(0.5), 0u);
  EXPECT_EQ(h.max(), 0u);
  EXPECT_EQ(h.mean(), 0);
}

TEST(load_histogram, KeepsSmallValuesExactly) {
  histogram h;
  for (std::uint64_t v = 1; v <= 200; ++v)
    h.add(v);
  EXPECT_EQ(h.percentile(0.005), 1u);
  EXPECT_EQ(h.percentile(0.5), 100u);
  EXPECT_EQ(h.percentile(0.99), 198u);
  EXPECT_EQ(h.percentile(1), 200u);
  EXPECT_EQ(h.mean(), 100.5);
}

TEST(load_histogram, IsNeverMoreThanOnePercentAboveAndNeverBelow) {
  for (std::uint64_t v = 1; v < std::uint64_t{1} << 62; v += v / 3 + 1) {
    histogram h;
    h.add(v);
    h.add(~std::uint64_t{0}); // else the maximum would hide the bucket's end
    const auto seen = h.percentile(0.5);
    EXPECT_GE(seen, v);
    EXPECT_LE(seen - v, v / 100) << v;
  }
}

TEST(load_histogram, TakesTheLargestValue) {
  histogram h;
  h.add(~std::uint64_t{0});
  EXPECT_EQ(h.percentile(0.5), ~std::uint64_t{0});
  EXPECT_EQ(h.max(), ~std::uint64_t{0});
}

TEST(load_histogram, NeverAnswersMoreThanTheMaximum) {
  histogram h;
  h.add(1'000'001);
  EXPECT_EQ(h.percentile(0.5), 1'000'001u);
  EXPECT_EQ(h.percentile(0.999), 1'000'001u);
}

TEST(load_histogram, SeesOneSlowValueInAThousandAtTheRightShare) {
  histogram h;
  for (int i = 0; i < 999; ++i)
    h.add(10);
  h.add(5000);
  EXPECT_EQ(h.percentile(0.99), 10u);
  EXPECT_EQ(h.percentile(0.999), 10u);
  EXPECT_EQ(h.percentile(0.9995), 5000u);
}

TEST(load_histogram, MergesAndForgets) {
  histogram a, b;
  a.add(10);
  b.add(30);
  a.merge(b);
  EXPECT_EQ(a.count(), 2u);
  EXPECT_EQ(a.max(), 30u);
  EXPECT_EQ(a.mean(), 20);
  EXPECT_EQ(a.percentile(1), 30u);
  a.clear();
  EXPECT_EQ(a.count(), 0u);
  EXPECT_EQ(a.percentile(1), 0u);
}

} // namespace
} // namespace mdai::load
