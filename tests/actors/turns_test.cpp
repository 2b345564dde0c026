#include "actors/turns.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mdai {
namespace {

TEST(turns, AreTakenOneAfterTheOtherForEachKey) {
  turns<int> t;
  std::vector<std::string> said;
  for (auto* name : {"a", "b", "c"})
    t.take(1, [&said, name] { said.push_back(name); });
  t.take(2, [&] {
    said.push_back("other");
    t.done(2);
  });
  EXPECT_EQ(said, (std::vector<std::string>{"a", "other"}));
  EXPECT_TRUE(t.busy(1));
  EXPECT_FALSE(t.busy(2));
  t.done(1);
  t.done(1);
  EXPECT_EQ(said, (std::vector<std::string>{"a", "other", "b", "c"}));
  t.done(1);
  EXPECT_FALSE(t.busy(1));
}

TEST(turns, WhoComesFromInsideATurnWaits) {
  turns<int> t;
  std::string said;
  t.take(1, [&] {
    t.take(1, [&] {
      said += "second";
      t.done(1);
    });
    said += "first ";
    t.done(1);
  });
  EXPECT_EQ(said, "first second");
  EXPECT_FALSE(t.busy(1));
}

// Anybody may answer a challenge that is over, as often as they like.
TEST(turns, AnyNumberOfThemNeedsNoStack) {
  turns<int> t;
  unsigned ran = 0;
  t.take(1, [] {});
  for (int i = 0; i < 1'000'000; ++i)
    t.take(1, [&] {
      ++ran;
      t.done(1);
    });
  t.done(1);
  EXPECT_EQ(ran, 1'000'000u);
  EXPECT_FALSE(t.busy(1));
}

} // namespace
} // namespace mdai
