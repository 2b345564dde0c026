#include "actors/turns.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mdai::test {
namespace {

TEST(turns, LetTheNextBeginWhenOneIsDone) {
  turns<int> line;
  std::string said;
  line.take(1, [&] { said += "a"; });
  line.take(1, [&] { said += "b"; });
  line.take(2, [&] { said += "x"; });
  EXPECT_EQ(said, "ax") << "keys do not wait for each other";
  line.done(1);
  EXPECT_EQ(said, "axb");
  line.done(1);
  line.take(1, [&] { said += "c"; });
  EXPECT_EQ(said, "axbc");
}

TEST(turns, AreTakenInOrderFromWithinATurn) {
  turns<int> line;
  std::string said;
  line.take(1, [&] {
    line.take(1, [&] {
      said += "b";
      line.done(1);
    });
    said += "a";
    line.done(1);
    said += "!";
  });
  EXPECT_EQ(said, "a!b");
}

// On one stack they would not fit.
TEST(turns, EndByTheThousandAtOnce) {
  turns<int> line;
  int done = 0;
  line.take(1, [] {});
  for (int i = 0; i < 200'000; ++i)
    line.take(1, [&] {
      ++done;
      line.done(1);
    });
  line.done(1);
  EXPECT_EQ(done, 200'000);
}

} // namespace
} // namespace mdai::test
